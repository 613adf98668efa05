"""Messages that do not come as mail, on their way in."""

from collections.abc import Mapping

from guardia.domain import forms
from guardia.domain.desk import Desk
from guardia.domain.model import Arrival
from guardia.ports import Lookup, NotFoundError


class FormArrival:
    """A posted form; it becomes an arrival once the desk is known."""

    def __init__(self, post: forms.Post) -> None:
        """Find what must be looked up."""
        self._post = post
        self.files: Mapping[str, tuple[bytes, str]] = {}
        address = forms.address_of(post.values)
        self.lookup = Lookup(
            identities=(("email", address),) if address else (),
            domain=address.rpartition("@")[2] or None,
        )

    def arrive(self, desk: Desk) -> Arrival:
        """Read the form with the desk's eyes; see `Incoming.arrive`."""
        form = desk.forms.get(self._post.form)
        if form is None:
            raise NotFoundError("form", self._post.form)
        return forms.read(desk, form, self._post)
