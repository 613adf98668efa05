"""The team and its secrets: who can change the desk, who is told how, what is signed with what."""

from guardia.config.problem import Findings
from guardia.config.walk import Normal


def check_secrets(document: Normal, findings: Findings) -> None:
    """What one secret signs for one, all that hold it take: each should have its own."""
    owners: dict[str, str] = {
        one["secret"]: f"webhook `{one['id']}`" for one in document["webhooks"]
    }
    for index, one in enumerate(document["sources"]):
        other = owners.setdefault(one["secret"], f"source `{one['id']}`")
        if other != f"source `{one['id']}`":
            message = f"shares its secret with the {other}: what is signed for one passes as both's"
            findings.warn(("sources", index, "secret"), message)


def check_people(document: Normal, findings: Findings) -> None:
    """Look for a team without an admin, for empty groups, and for people nobody can reach."""
    agents = document["agents"]
    if agents and not any(one["role"] == "admin" for one in agents):
        findings.warn(("agents",), "no agent is an `admin`; nobody may change the desk")
    for index, one in enumerate(agents):
        if "sms" in one["means"]:
            message = "`sms` is not built in this version of Guardia; they are told by email"
            findings.warn(("agents", index, "means"), message)
    for index, one in enumerate(document["webhooks"]):
        if not one["url"].startswith("https://"):
            message = "only https is called; http reaches nothing but a fake on this machine"
            findings.warn(("webhooks", index, "url"), message)
    members = {group for one in agents for group in one["groups"]}
    for index, group in enumerate(document["groups"]):
        if group["id"] not in members:
            findings.warn(("groups", index, "id"), f"nobody is in the group `{group['id']}`")
