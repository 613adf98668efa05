"""A mail on its way into the desk: what it needs looked up, and what it says to this desk."""

import hashlib
import hmac

from guardia.domain import flood, language as tongues, suspension
from guardia.domain.arrival import Arrival, Aside
from guardia.domain.desk import Desk
from guardia.domain.model import Attachment, Comment
from guardia.mail import automatic, fingerprint, tokens
from guardia.mail.message import MailFile, ParsedMail
from guardia.mail.receipt import Receipt
from guardia.ports import Lookup

MAX_REFERENCES: int = 50
"""How many Message-IDs of a mail are looked up at most, the newest first."""


class MailArrival:
    """A parsed mail with its receipt; it becomes an arrival once the desk is known.

    `secrets` sign our addresses and references (the first one signs, all are accepted),
    `install_id` stands in our own mail's loop header. `recovers` names the entry of a mail that had
    been set aside and is taken in after all. Where `counts`, too many of one sender are set aside.
    """

    raw: bytes | None = None
    """The raw mail is stored before anybody hears of it."""

    def __init__(
        self,
        mail: ParsedMail,
        receipt: Receipt,
        raw: bytes,
        *,
        secrets: tuple[bytes, ...],
        install_id: str,
        recovers: str | None = None,
        counts: bool = True,
    ) -> None:
        """Find what must be looked up."""
        self._mail, self._receipt, self._recovers = mail, receipt, recovers
        self._secrets, self._install = secrets, install_id
        sender = mail.reply_to or mail.sender
        self._from = mail.sender.key if mail.sender else ""
        self._author = sender.key if sender and sender.address else self._from
        self._name = (sender.name if sender else "") or (mail.sender.name if mail.sender else "")
        self._proved = self._signed()
        self._referred = self._references()
        self._files = mail.files if receipt.virus != "FAIL" else ()
        self.files = {one.sha256: (one.content, one.type) for one in self._files}
        subject = tokens.find_subject_token(mail.subject, secrets)
        known = (self._proved.ticket if self._proved else None, *self._named(), subject)
        self._tickets = tuple(dict.fromkeys(one for one in known if one))
        asked = (*self._referred, mail.message_id) if mail.message_id else self._referred
        mark = fingerprint.mark(
            mailbox=",".join(sorted(receipt.recipients)),
            message_id=mail.message_id,
            sender=self._from,
            raw=raw,
        )
        proved = receipt.verified and self._author == self._from
        self.lookup = Lookup(
            mark=f"recovered:{recovers}" if recovers else mark,
            flow=flood.sender_of(self._from, proved=proved) if counts and not recovers else None,
            references=tuple(dict.fromkeys(asked)),
            identities=(("email", self._author),) if self._author else (),
            domain=self._author.rpartition("@")[2] or None,
            tickets=self._tickets,
        )

    def arrive(self, desk: Desk) -> Arrival:
        """Read the mail with the desk's eyes; see `Incoming.arrive`."""
        mail, receipt = self._mail, self._receipt
        own = (*desk.addresses, *(a for d in desk.departments.values() for a in d.addresses))
        judged = automatic.judge(
            mail.headers, self._from, receipt.envelope_from, own, self._install
        )
        suspend = receipt.suspend_reason
        if suspend is None and judged.verdict != "ticket" and not judged.note:
            suspend = judged.reason
        suspend = suspend or unfit(mail)
        text = mail.reply or mail.text
        comment = Comment(
            text=text,
            by=self._author or None,
            subject=mail.subject or None,
            original=mail.text if mail.text != text else None,
            html=mail.html,
            attachments=tuple(_attachment(one) for one in self._files),
            message_id=mail.message_id,
            raw=receipt.filed,
            automatic=judged.reason if judged.value else None,
        )
        proved, own_words = self._proved, self._author == self._from
        return Arrival(
            id=f"mail:{receipt.message_id}",
            at=receipt.received_at,
            channel="email",
            sender=self._author or None,
            sender_name=self._name or None,
            sender_hash=self._hash(),
            subject=mail.subject,
            comment=comment,
            received_by=self._received_by(desk),
            copies=tuple(one.key for one in (*mail.to, *mail.cc) if one.address),
            candidates=self._tickets,
            references=self._referred,
            proved_ticket=proved.ticket if proved and (own_words or not proved.agent) else None,
            proved_agent=bool(
                proved and proved.agent and own_words and receipt.verified and not judged.value
            ),
            on_behalf=not own_words,
            verified=receipt.verified and own_words,
            automatic=judged.reason if judged.value else None,
            robot=judged.note,
            suspend=suspend,
            aside=Aside(key=receipt.aside, address=self._from or None, receipt=receipt.kept()),
            recovers=self._recovers,
            disproved=receipt.disproved,
            language=_stated(mail.language),
            guessed=tongues.detect(text, desk.locales),
        )

    def _signed(self) -> tokens.TokenMatch | None:
        """The ticket that one of the mail's goals was signed for, for this sender."""
        for address in (*self._receipt.recipients, *self._mail.recipients):
            found = tokens.read_address(address, self._secrets, self._from)
            if found is not None:
                return found
        return None

    def _references(self) -> tuple[str, ...]:
        """In-Reply-To, then the references, the newest first."""
        mail = self._mail
        replied = (mail.in_reply_to,) if mail.in_reply_to else ()
        return tuple(dict.fromkeys((*replied, *reversed(mail.references))))[:MAX_REFERENCES]

    def _named(self) -> tuple[str, ...]:
        """Tickets that our own references name."""
        found = (tokens.read_reference(one, self._secrets) for one in self._referred)
        return tuple(one for one in found if one)

    def _received_by(self, desk: Desk) -> str | None:
        """The desk's address it came to, without the tag of a reply address."""
        for address in (*self._receipt.recipients, *self._mail.recipients):
            local, _, domain = address.lower().rpartition("@")
            for one in (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"):
                if desk.is_own_address(one):
                    return one
        return None

    def _hash(self) -> str:
        key = self._secrets[0] if self._secrets else b""
        return hmac.new(key, self._from.encode(), hashlib.sha256).hexdigest()[:32]


def unfit(mail: ParsedMail) -> str | None:
    """Why a mail makes no ticket whoever sent it: it is from nobody, or says nothing at all."""
    if mail.sender is None or not mail.sender.address:
        return suspension.UNKNOWN_AUTHOR
    if not (mail.text.strip() or mail.subject.strip() or mail.files):
        return suspension.BLANK
    return None


def _attachment(one: MailFile) -> Attachment:
    return Attachment(
        name=one.name,
        type=one.type,
        size=one.size,
        sha256=one.sha256,
        inline=one.inline,
        content_id=one.content_id,
    )


def _stated(language: str | None) -> str | None:
    """The language a mail states, as two letters; what is no such word is passed over."""
    short = (language or "").split(",")[0].split("-")[0].strip().lower()
    return short if len(short) == 2 and short.isascii() and short.isalpha() else None  # noqa: PLR2004 - ISO 639-1
