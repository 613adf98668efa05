"""What was set aside: taken in after all, looked at, or thrown away."""

from dataclasses import dataclass

from guardia import arrivals, reading
from guardia.domain.forms import Post
from guardia.mail.arrival import MailArrival
from guardia.mail.message import ParsedMail
from guardia.mail.parse import parse
from guardia.mail.receipt import restored
from guardia.ports import Incoming, Lookup, Suspended
from guardia.service import Guardia


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a message says, for whoever decides about it: its text and the names of its files."""

    text: str
    files: tuple[str, ...] = ()


def recover(desk: Guardia, id_: str, *, secrets: tuple[bytes, ...], install_id: str) -> str:
    """Take in what was set aside as if it had not been; return its ticket.

    Once, however often it is called: the entry goes with the commit. The rules against loops hold,
    so a machine gets no automatic answer. Files in which a virus was found stay behind.

    Raises:
        NotFoundError: it is not there (any more), or a form it was meant for is not.
        RefusedError: the desk does not take it.
        StaleError: others were faster too often.
    """
    mark = desk.store.find(Lookup(mark=f"recovered:{id_}")).mark
    if mark is not None:
        return str(mark["ticket"])
    entry = desk.store.aside(id_)
    raw = _raw(desk, entry)
    incoming: Incoming
    if entry.channel == "form":
        incoming = arrivals.FormArrival(arrivals.restored(raw), recovers=id_)
    else:
        receipt = restored(entry.receipt)
        incoming = MailArrival(
            parse(raw), receipt, raw, secrets=secrets, install_id=install_id, recovers=id_
        )
        # Before the commit that names it, so that a crash between the two leaves both.
        desk.blobs.put(receipt.filed, raw, content_type="message/rfc822", pending=False)
    ticket = desk.receive(incoming).ticket
    desk.blobs.delete(entry.key)
    return str(ticket)


def preview(desk: Guardia, id_: str) -> tuple[Suspended, Preview]:
    """Read what was set aside.

    Raises:
        NotFoundError: it is not there (any more).
    """
    entry = desk.store.aside(id_)
    raw = _raw(desk, entry)
    if entry.channel == "form":
        return entry, _of_form(arrivals.restored(raw))
    return entry, _of_mail(parse(raw))


def discard(desk: Guardia, id_: str) -> None:
    """Throw away what was set aside. The entry goes last, so that a crash leaves it to try again.

    Raises:
        NotFoundError: it is not there (any more).
    """
    entry = desk.store.aside(id_)
    desk.blobs.delete(entry.key)
    desk.store.drop_aside(id_)


def _raw(desk: Guardia, entry: Suspended) -> bytes:
    """The bytes; of a mail that was set aside just now they may still lie where SES put them."""
    received = (str(entry.receipt["key"]),) if "key" in entry.receipt else ()
    return reading.first_of(desk.blobs, (*received, entry.key))


def _of_mail(mail: ParsedMail) -> Preview:
    return Preview(text=mail.text, files=tuple(one.name for one in mail.files))


def _of_form(post: Post) -> Preview:
    return Preview(text="\n".join(f"{name}: {value}" for name, value in post.values.items()))
