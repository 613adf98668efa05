"""May this mail be answered by a machine, and is it a ticket at all? A table; first match wins.

RFC 3834 and what help desks and mail servers are seen to send. Everything is still stored: the
table only decides where, and whether automatic mail may follow.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from guardia.mail.headers import parameters

Headers = Sequence[tuple[str, str]]

LOOP_HEADER: Final = "X-Guardia-Loop"
"""Every mail of ours carries it, with the install's id."""

_ROBOTS: Final = frozenset(("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"))
_NOT_ANSWERED: Final = frozenset(
    ("noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "do_not_reply",
     "do.not.reply", "dontreply", "no-responder", "noresponder", "no_responder", "nao-responda",
     "naoresponda", "ne-pas-repondre", "nepasrepondre", "abuse", "root", "nobody", "bounce",
     "bounces", "daemon", "cron", "devnull", "autoresponder")
)  # fmt: skip
_NOT_ANSWERED_BEGIN: Final = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|no[-_.]?responder|bounces?)[-_.+=0-9]"
)
_PRECEDENCE: Final = frozenset(("bulk", "list", "junk", "auto_reply", "auto-reply"))
_SUPPRESS: Final = frozenset(("all", "oof", "autoreply"))
_RESPONDER: Final = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-loop", "x-auto-reply")
_NO: Final = frozenset(("no", "false", "0", "none", ""))
_COMMENT: Final = re.compile(r"\([^()]*\)")
_ABSENT: Final = re.compile(
    r"(?:automatic reply|auto ?reply|auto-reply|out of (?:the )?office|respuesta autom[aá]tica"
    r"|fuera de (?:la )?oficina|ausente de la oficina|resposta autom[aà]tica"
    r"|r[ée]ponse automatique|automatische antwort|abwesenheitsnotiz|risposta automatica)\s?[:\]]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a mail is.

    `value` tells whether a machine wrote it, or must not get automatic mail: no rule may answer.
    `verdict` is `ticket`, `suspend` (set aside) or `delivery_status` (match it to what we sent,
    else set it aside). With `note` a mail that belongs to a ticket becomes a private note there
    instead of being set aside. `reason` is the rule's name.
    """

    value: bool = False
    reason: str | None = None
    verdict: str = "ticket"
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """What the rules look at: every value of each header, names and values in lower case."""

    headers: dict[str, list[str]]
    sender: str
    envelope_from: str | None
    own: frozenset[str]
    install: str

    def values(self, name: str) -> list[str]:
        return self.headers.get(name, [])

    def words(self, name: str) -> list[str]:
        """The words of a header that holds a list; comments and parameters do not count."""
        return [
            word
            for value in self.values(name)
            for one in _bare(value).split(",")
            if (word := one.partition(";")[0].strip().strip("\"'"))
        ]

    @property
    def local(self) -> str:
        return self.sender.rpartition("@")[0].partition("+")[0]


def judge(
    headers: Headers,
    sender: str,
    envelope_from: str | None,
    own_addresses: Iterable[str],
    install_id: str,
) -> Judgement:
    """Return what the first rule that matches says; without a match it is a person's mail.

    `sender` is the From address. `envelope_from` is the return path: empty for the null one, None
    where it is not known (then a Return-Path header is looked at). `own_addresses` are the desk's
    addresses, `install_id` is what our own mail carries in `X-Guardia-Loop`.
    """
    gathered: dict[str, list[str]] = {}
    for name, value in headers:
        gathered.setdefault(name.strip().lower(), []).append(value.strip().lower())
    mail = _Mail(
        headers=gathered,
        sender=sender.strip().lower(),
        envelope_from=envelope_from.strip().strip("<>") if envelope_from is not None else None,
        own=frozenset(one.strip().lower() for one in own_addresses),
        install=install_id.strip().lower(),
    )
    for rule, answer in RULES:
        if rule(mail):
            return answer
    return Judgement()


def _bare(value: str) -> str:
    return _COMMENT.sub(" ", value).strip()


def _is_own_loop(mail: _Mail) -> bool:
    return bool(mail.install) and mail.install in (
        one.strip() for one in mail.values(LOOP_HEADER.lower())
    )


def _is_own_feedback(mail: _Mail) -> bool:
    """SES puts a Feedback-ID into everything sent through it: only ours tells anything."""
    return bool(mail.install) and any(
        mail.install in one.split(":") for one in mail.values("feedback-id")
    )


def _base(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _is_own_address(mail: _Mail, address: str) -> bool:
    """Also our address with a tag, such as a signed reply address."""
    return bool(address) and (address in mail.own or _base(address) in mail.own)


def _is_from_us(mail: _Mail) -> bool:
    return _is_own_address(mail, mail.sender)


def _is_read_receipt(mail: _Mail) -> bool:
    return any(
        parameters(one)[1].get("report-type", "").strip() == "disposition-notification"
        for one in mail.values("content-type")
    )


def _has_null_return_path(mail: _Mail) -> bool:
    if mail.envelope_from is not None:
        return not mail.envelope_from
    paths = mail.values("return-path")
    return bool(paths) and paths[0].replace(" ", "") == "<>"


def _is_report(mail: _Mail) -> bool:
    return not _is_read_receipt(mail) and any(
        parameters(one)[0] == "multipart/report" for one in mail.values("content-type")
    )


def _is_mail_system(mail: _Mail) -> bool:
    return mail.local in _ROBOTS


def _auto_submitted(mail: _Mail) -> str | None:
    """The first word that says something else than `no`."""
    return next((one for one in mail.words("auto-submitted") if one != "no"), None)


def _is_auto_replied(mail: _Mail) -> bool:
    return (_auto_submitted(mail) or "").startswith("auto-replied")


def _is_auto_forwarded(mail: _Mail) -> bool:
    return (_auto_submitted(mail) or "").startswith("auto-forwarded")


def _is_auto_submitted(mail: _Mail) -> bool:
    return _auto_submitted(mail) is not None


def _is_bulk(mail: _Mail) -> bool:
    return any(one in _PRECEDENCE for one in mail.words("precedence"))


def _is_list(mail: _Mail) -> bool:
    return any(name.startswith("list-") and any(values) for name, values in mail.headers.items())


def _wants_no_answer(mail: _Mail) -> bool:
    return any(one in _SUPPRESS for one in mail.words("x-auto-response-suppress"))


def _is_responder(mail: _Mail) -> bool:
    return any(one not in _NO for name in _RESPONDER for one in mail.values(name)) or any(
        one.partition("@")[0].strip("<> ") == "autoresponder" for one in mail.values("delivered-to")
    )


def _is_other_desk(mail: _Mail) -> bool:
    return any(mail.values(LOOP_HEADER.lower()))


def _is_unanswerable(mail: _Mail) -> bool:
    return mail.local in _NOT_ANSWERED or _NOT_ANSWERED_BEGIN.match(mail.local) is not None


def _answers_to_us(mail: _Mail) -> bool:
    return any(
        _is_own_address(mail, word.strip("<>,;\"'"))
        for value in mail.values("reply-to")
        for word in value.split()
        if "@" in word
    )


def _is_absence_subject(mail: _Mail) -> bool:
    return any(_ABSENT.match(one.lstrip("[ ")) for one in mail.values("subject"))


_Rule = tuple[Callable[[_Mail], bool], Judgement]

RULES: Final[tuple[_Rule, ...]] = (
    (_is_own_loop, Judgement(value=True, reason="loop", verdict="suspend")),
    (_is_own_feedback, Judgement(value=True, reason="loop", verdict="suspend")),
    (_is_from_us, Judgement(value=True, reason="from_support_address", verdict="suspend")),
    (
        _has_null_return_path,
        Judgement(value=True, reason="null_return_path", verdict="delivery_status"),
    ),
    (_is_report, Judgement(value=True, reason="delivery_report", verdict="delivery_status")),
    (_is_mail_system, Judgement(value=True, reason="mail_system", verdict="delivery_status")),
    (_is_auto_forwarded, Judgement(value=True, reason="auto_forwarded")),
    (
        _is_auto_replied,
        Judgement(value=True, reason="auto_vacation", verdict="suspend", note=True),
    ),
    (
        _is_auto_submitted,
        Judgement(value=True, reason="auto_mailer", verdict="suspend", note=True),
    ),
    (_is_other_desk, Judgement(value=True, reason="other_desk")),
    (_is_bulk, Judgement(value=True, reason="precedence")),
    (_is_list, Judgement(value=True, reason="mailing_list")),
    (_wants_no_answer, Judgement(value=True, reason="response_suppressed")),
    (_is_responder, Judgement(value=True, reason="autoresponder")),
    (_is_unanswerable, Judgement(value=True, reason="from_noreply")),
    (_answers_to_us, Judgement(value=True, reason="reply_to_us")),
    (_is_absence_subject, Judgement(value=True, reason="absence_subject")),
)
"""In their order. The loop rules come first: a bounce of our own mail to ourselves is a loop."""
