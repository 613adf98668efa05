"""Which addresses may be called: every form in which an inner one can be written is refused."""

from collections.abc import Sequence

import pytest

from guardia.adapters import egress
from guardia.ports import ForbiddenError, UnreachableError

PUBLIC = "93.184.216.34"


def to(*addresses: str) -> egress.Resolve:
    def resolve(_name: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def nowhere(_name: str, _port: int) -> Sequence[str]:
    raise OSError


def test_a_public_name_is_called_at_the_address_it_was_checked_at() -> None:
    found = egress.target("https://hooks.example/a?b=c", to(PUBLIC))
    assert (found.name, found.address, found.port, found.path, found.host) == (
        "hooks.example", PUBLIC, 443, "/a?b=c", "hooks.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3",  # noqa: S104 - refused, not bound
        "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.0.1",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
        "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1", "no address", "",
    ],
)  # fmt: skip
def test_an_address_that_is_not_everybodys_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenError):
        egress.target("https://inner.example/", to(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"])
def test_an_address_of_the_internet_is_not(address: str) -> None:
    assert egress.target("https://outer.example/", to(address)).address == address


def test_one_inner_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(ForbiddenError):
        egress.target("https://both.example/", to(PUBLIC, "127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://a.example/",
        "https://hooks.example:22/", "https://hooks.example:80/", "https://hooks.example:0/",
        "https://hooks.example:99999/", "https://user@hooks.example/", "https://a:b@hooks.example/",
        "https:///path", "https://", "//hooks.example/", "hooks.example", "", "https://a\\@b.example/",
        "https://a b.example/", "https://hooks.example/\r\nHost: inner", "https://hooks.example/\x00",
        "https://[::1", "https://" + "a" * 3000 + ".example/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_odd_url_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ForbiddenError):
        egress.target(url, nowhere)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::ffff:7f00:1]"]
)
def test_an_inner_address_in_disguise_is_refused_by_what_the_system_makes_of_it(host: str) -> None:
    with pytest.raises((ForbiddenError, UnreachableError)):
        egress.target(f"https://{host}/", egress.resolve)


def test_a_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(UnreachableError):
        egress.target("https://gone.example/", nowhere)


def test_a_fake_that_was_allowed_is_called_by_http_at_its_port_alone() -> None:
    allowed = frozenset({"127.0.0.1:9999"})
    assert egress.target("http://127.0.0.1:9999/x", to("127.0.0.1"), allowed).scheme == "http"
    with pytest.raises(ForbiddenError):
        egress.target("http://127.0.0.1:9998/x", to("127.0.0.1"), allowed)


def test_a_name_in_other_letters_is_asked_for_in_ascii() -> None:
    assert egress.target("https://ñandú.example/", to(PUBLIC)).name == "xn--and-6ma2c.example"
