"""Real-shaped mail, damaged the way transports and attackers damage it."""

import random  # noqa: TID251 - seeded by whoever asks
from pathlib import Path

CORPUS = tuple(
    path.read_bytes() for path in sorted((Path(__file__).parent / "corpus").glob("*.eml"))
)


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Damage a mail the way transports and attackers do."""
    data = bytearray(raw or b"x")
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(data) + 1)
        length = chance.randint(1, 40)
        match chance.randrange(7):
            case 0:
                data[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * chance.randint(1, 4)
            case 3:
                data[at:at] = chance.choice(SPLINTERS)
            case 4:
                data = data[:at] or bytearray(b"\r")
            case 5:
                data[at : at + 2] = chance.choice((b"\r", b"\n", b"\r\n\r\n", b"\x00"))
            case _:
                data[at:at] = bytes(chance.randrange(256) for _ in range(length))
    return bytes(data)


SPLINTERS = (
    b"=?utf-8?b?", b"=?x?q?=ZZ?=", b"--b\r\n", b"--b--", b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"\r\nContent-Type: multipart/mixed; boundary=b\r\n",
    b"charset=utf-7", b"charset=idna", b"charset=utf-16", b"charset=\"\xff\"", b"begin 644 x\n",
    b"filename*0*=x''%ff%", b"<<<<", b"((((", b"\"", b"<a@b", b"On ", b"> ", b"<blockquote>" * 9,
)  # fmt: skip
