"""Is a deployed desk well? Each check asks one thing, of AWS or of the DNS, and changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from infra.doctor.dns import Dns
from infra.doctor.finding import Finding

SIMULATOR: Final = "simulator.amazonses.com"
_MANY: Final = 0.8


class Clients(Protocol):
    """Gives the client of an AWS service."""

    def __call__(self, service: str) -> Any:
        """Return the client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A stack as CloudFormation tells of it: its parameters, and what each logical id is called."""

    name: str
    region: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The domain that receives mail and sends it."""
        return self.parameters.get("InboundDomain", "")


Check = Callable[[Deployed, Clients, Dns], Iterator[Finding]]


def account(_stack: Deployed, aws: Clients, _dns: Dns) -> Iterator[Finding]:
    """Whether SES lets the account write to everybody, and how much of the day's quota is used."""
    found = aws("sesv2").get_account()
    if found.get("ProductionAccessEnabled"):
        yield Finding(check="account", state="ok", told="SES sends to everybody")
    else:
        yield Finding(
            check="account",
            state="failed",
            told="SES is in its sandbox: it sends to verified addresses only",
            action="ask for production access: guardia doctor --request-text drafts the words",
        )
    quota = found.get("SendQuota", {})
    most, sent = quota.get("Max24HourSend", 0), quota.get("SentLast24Hours", 0)
    state = "warning" if most > 0 and sent >= _MANY * most else "ok"
    told = f"{sent:.0f} of {most:.0f} mails were sent in the last 24 hours"
    more = "ask AWS for a higher sending quota" if state == "warning" else None
    yield Finding(check="quota", state=state, told=told, action=more)


def identity(stack: Deployed, aws: Clients, dns: Dns) -> Iterator[Finding]:
    """Whether the domain is proved to SES: its three DKIM records, its return path, its DMARC."""
    domain = stack.domain
    try:
        found = aws("sesv2").get_email_identity(EmailIdentity=domain)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        action = "deploy with SendingIdentityMode=create, or verify the domain in SES"
        told = f"SES does not know the domain {domain}"
        yield Finding(check="identity", state="failed", told=told, action=action)
        return
    verified = bool(found.get("VerifiedForSendingStatus"))
    told = f"{domain} is {'' if verified else 'not yet '}proved to SES"
    yield Finding(check="identity", state="ok" if verified else "failed", told=told)
    for token in found.get("DkimAttributes", {}).get("Tokens", ()):
        name = f"{token}._domainkey.{domain}"
        yield _record("dkim", dns, name, "CNAME", f"{token}.dkim.amazonses.com")
    own = found.get("MailFromAttributes", {}).get("MailFromDomain")
    if own:
        yield _record("mail-from", dns, own, "MX", f"10 feedback-smtp.{stack.region}.amazonses.com")
        yield _record("spf", dns, own, "TXT", "v=spf1 include:amazonses.com ~all", part=True)
    yield _dmarc(dns, domain)


def _record(
    check: str, dns: Dns, name: str, kind: str, wanted: str, *, part: bool = False
) -> Finding:
    there = dns.records(name, kind)
    good = any(wanted.split()[1] in one if part else one.lower() == wanted for one in there)
    if good:
        return Finding(check=check, state="ok", told=f"{name} {kind} is set")
    return Finding(
        check=check,
        state="failed",
        told=f"{name} has no such {kind} record",
        expected=f"{name}. {kind} {wanted}",
        found=", ".join(there) or "nothing",
        action="set the record at whoever keeps the domain's DNS",
    )


def _dmarc(dns: Dns, domain: str) -> Finding:
    labels = domain.split(".")
    places = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    for place in places:  # a subdomain without a policy of its own has its organisation's
        there = [one for one in dns.records(f"_dmarc.{place}", "TXT") if one.startswith("v=DMARC1")]
        if there:
            return Finding(check="dmarc", state="ok", told=f"_dmarc.{place} says {there[0]}")
    return Finding(
        check="dmarc",
        state="warning",
        told=f"{domain} says nothing about mail that only claims to be its own",
        expected=f'_dmarc.{domain}. TXT "v=DMARC1; p=none"',
        found="nothing",
        action="set the record; p=quarantine once the reports are quiet",
    )


def inbound(stack: Deployed, aws: Clients, dns: Dns) -> Iterator[Finding]:
    """Whether mail to the domain comes to SES, and SES hands it to this stack."""
    if stack.parameters.get("InboundMode", "ses") != "ses":
        told = "this stack receives no mail (InboundMode=off)"
        yield Finding(check="inbound", state="ok", told=told)
        return
    wanted = f"10 inbound-smtp.{stack.region}.amazonaws.com"
    yield _record("mx", dns, stack.domain, "MX", wanted)
    active = aws("ses").describe_active_receipt_rule_set()
    rules = {one["Name"]: one for one in active.get("Rules", ())}
    ours = stack.resources.get("ReceiptRule", "").rpartition("|")[2]
    own_set = stack.resources.get("ReceiptRuleSet", "")
    set_name = active.get("Metadata", {}).get("Name")
    if ours in rules and rules[ours].get("Enabled"):
        yield Finding(check="receipt-rule", state="ok", told=f"the rule set {set_name} is active")
    elif set_name is None:
        yield Finding(
            check="receipt-rule",
            state="failed",
            told="no receipt rule set is active: SES receives nothing",
            action=f"aws ses set-active-receipt-rule-set --rule-set-name {own_set}",
        )
    else:
        yield Finding(
            check="receipt-rule",
            state="failed",
            told=f"the active rule set {set_name} does not have our rule",
            action=f"deploy again with ExistingReceiptRuleSet={set_name}; nothing is replaced",
        )


def events(stack: Deployed, aws: Clients, _dns: Dns) -> Iterator[Finding]:
    """Whether SES tells what becomes of mail, and keeps bounced addresses off by itself."""
    name = stack.resources.get("ConfigurationSet", "")
    ses = aws("sesv2")
    there = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    kinds = {
        kind
        for one in there.get("EventDestinations", ())
        if one.get("Enabled")
        for kind in one.get("MatchingEventTypes", ())
    }
    missing = {"SEND", "DELIVERY", "BOUNCE", "COMPLAINT"} - kinds
    if missing:
        told = f"SES does not tell of {', '.join(sorted(missing)).lower()}"
        yield Finding(check="events", state="failed", told=told, action="deploy again")
    else:
        told = "SES tells what becomes of mail"
        yield Finding(check="events", state="ok", told=told)
    options = ses.get_configuration_set(ConfigurationSetName=name).get("SuppressionOptions", {})
    lists = set(options.get("SuppressedReasons", ()))
    good = {"BOUNCE", "COMPLAINT"} <= lists
    told = f"addresses that bounce or complain are {'' if good else 'not '}kept off by SES too"
    yield Finding(check="suppression", state="ok" if good else "warning", told=told)


def safety(stack: Deployed, aws: Clients, _dns: Dns) -> Iterator[Finding]:
    """Whether the table can be restored, and cannot be deleted by mistake."""
    name = stack.resources.get("GuardiaTable", "")
    dynamodb = aws("dynamodb")
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    point = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    told = f"point-in-time recovery is {'on' if point == 'ENABLED' else 'off'}"
    state = "ok" if point == "ENABLED" else "failed"
    yield Finding(check="backups", state=state, told=told)
    kept = dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled")
    told = f"the table is {'' if kept else 'not '}protected from deletion"
    yield Finding(check="deletion", state="ok" if kept else "warning", told=told)


def alarms(stack: Deployed, aws: Clients, _dns: Dns) -> Iterator[Finding]:
    """Which alarms ring, and whether anybody hears them."""
    ours = [one for logical, one in stack.resources.items() if logical.endswith("Alarm")]
    asked = aws("cloudwatch").describe_alarms(AlarmNames=ours, StateValue="ALARM")
    ringing = asked.get("MetricAlarms", ())
    for one in ringing:
        yield Finding(
            check="alarm", state="failed", told=one["AlarmName"], action=one["AlarmDescription"]
        )
    if not ringing:
        yield Finding(check="alarm", state="ok", told="no alarm rings")
    if not stack.parameters.get("AlarmEmail"):
        yield Finding(
            check="alarm-email",
            state="warning",
            told="nobody hears of alarms",
            action="deploy again with AlarmEmail=you@example.com",
        )


def dead_letters(stack: Deployed, aws: Clients, _dns: Dns) -> Iterator[Finding]:
    """Whether anything waits in a dead-letter queue."""
    waiting = 0
    for logical, url in stack.resources.items():
        if logical.endswith("DeadLetters"):
            counts = aws("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            waiting += int(counts["Attributes"]["ApproximateNumberOfMessages"])
    if waiting:
        told = f"{waiting} messages could not be handled"
        action = f"guardia dlq list --stack {stack.name}"
        yield Finding(check="dead-letters", state="failed", told=told, action=action)
    else:
        yield Finding(check="dead-letters", state="ok", told="no dead letters")


CHECKS: Final[tuple[Check, ...]] = (
    account, identity, inbound, events, safety, alarms, dead_letters,
)  # fmt: skip
"""Every check, in the order in which a desk is set up."""


def run(checks: tuple[Check, ...], stack: Deployed, aws: Clients, dns: Dns) -> Iterator[Finding]:
    """Run checks; one that cannot be answered says so and holds none of the others up."""
    for check in checks:
        name = check.__name__.replace("_", "-")
        try:
            yield from check(stack, aws, dns)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            action = None
            if "AccessDenied" in code or "Unauthorized" in code:
                action = f"your AWS credentials may not call {error.operation_name}"
            told = f"AWS does not answer {error.operation_name}: {code}"
            yield Finding(check=name, state="unknown", told=told, action=action)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
            told = f"could not be asked: {type(error).__name__}"
            yield Finding(check=name, state="unknown", told=told)
