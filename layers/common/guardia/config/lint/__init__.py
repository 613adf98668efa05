"""What a desk document without errors may say but hardly means: warnings, and a few errors that
only the whole of it shows."""

from guardia.config.lint.loops import check_loops
from guardia.config.lint.people import check_people, check_secrets
from guardia.config.lint.promises import check_promises
from guardia.config.lint.reach import check_reach
from guardia.config.lint.said import check_digests, check_languages, check_mails
from guardia.config.lint.unused import check_unused
from guardia.config.problem import Findings
from guardia.config.walk import Normal


def check_meaning(document: Normal, findings: Findings) -> None:
    """Look for what is allowed and hardly meant, in the stored form of a document."""
    custom = {one["id"]: one["type"] for one in document["fields"]}
    check_unused(document, findings)
    check_languages(document, findings)
    check_people(document, findings)
    check_secrets(document, findings)
    check_reach(document, custom, findings)
    check_loops(document, custom, findings)
    check_mails(document, custom, findings)
    check_digests(document, custom, findings)
    check_promises(document, findings)
