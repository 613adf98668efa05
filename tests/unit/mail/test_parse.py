"""Mails as they come: each file of the corpus says one thing that must be understood."""

import random  # noqa: TID251 - seeded: each run is the same
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from guardia.mail.charsets import tidy
from guardia.mail.message import Address, ParsedMail
from guardia.mail.parse import file_name, parse
from tests.unit.mail.mutation import CORPUS as WHOLE, mutated

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*.eml"))
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def read(name: str) -> ParsedMail:
    return parse((CORPUS / f"{name}.eml").read_bytes())


def a_mail(*headers: str, body: str = "hola") -> bytes:
    return "\r\n".join((*headers, "", body)).encode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain_utf8", "No conecta la VPN desde mañana."),
        ("latin1_quoted_printable", "El niño comió piñones. ¿Qué más?"),
        ("windows_1252_says_ascii", "Precio: 5 € “hoy”"),
        ("koi8_r", "Привет, помогите"),
        ("iso_2022_jp", "こんにちは"),
        ("gb2312_base64", "你好，打印机坏了"),
        ("unknown_charset", "mañana vuelvo"),
        ("nul_bytes", "Antesdespués fin"),
        ("no_headers", "Solo texto, sin cabeceras\nsegunda linea"),
        ("empty", ""),
        ("only_headers", ""),
        ("bare_cr", "linea uno\nlinea dos"),
        ("lf_only", "Con saltos de Unix"),
        ("mbox_line", "Con linea de buzon"),
        ("folding_lost", "Cuerpo"),
        ("unclosed_multipart", "No se cierra"),
        ("broken_base64", "El texto se lee"),
        ("nested_message", "Os paso esto"),
        ("calendar_reply", "Ana acepta."),
        ("signed_mail", "Firmado"),
        ("text_and_footer", "Cuerpo en HTML\n\nPie de la lista"),
        ("uuencode_in_text", "Va el fichero:\n\n\nAdios"),
        ("inline_image", "Mire:"),
    ],
)
def test_the_text_is_read_whatever_its_charset_and_structure(name: str, text: str) -> None:
    assert read(name).text.strip() == text


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("gmail_reply_es", "Ya funciona, gracias."),
        ("gmail_reply_en", "It works now, thanks."),
        ("gmail_html_only_es", "Sigue sin ir.\nUn saludo"),
        ("outlook_reply_es", "Adjunto la captura.\n\nAna"),
        ("outlook_reply_en", "Screenshot attached."),
        ("outlook_html", "It is the second floor."),
        ("apple_reply_es", "Perfecto."),
        ("apple_reply_en", "Perfect."),
    ],
)
def test_the_new_part_of_a_reply_stands_alone(name: str, reply: str) -> None:
    mail = read(name)

    assert mail.reply == reply
    assert len(mail.text) > len(reply)


def test_answers_between_quotes_keep_the_questions() -> None:
    reply = read("inline_answers").reply

    assert "> ¿Qué sistema usa?\nWindows 11\n> ¿Desde cuándo falla?\nDesde ayer" in reply
    assert "Gracias" not in reply


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("rfc2231_names", ["factura nº 1.pdf", "cámara.png"]),
        ("uuencode_in_text", ["notas.txt"]),
        ("uuencode_part", ["notas.txt"]),
        ("winmail_dat", ["winmail.dat"]),
        ("calendar_reply", ["attachment-1.ics"]),
        ("nested_message", ["Avería.eml"]),
        ("path_in_name", ["passwd.txt", "_CON.txt"]),
        ("signed_mail", ["smime.p7s"]),
        ("dsn", ["attachment-1.txt", "Su pedido.eml"]),
        ("broken_base64", ["a.png"]),
    ],
)
def test_files_have_the_name_their_sender_meant_and_a_safe_one(name: str, names: list[str]) -> None:
    assert [one.name for one in read(name).files] == names


@pytest.mark.parametrize("name", ["uuencode_in_text", "uuencode_part"])
def test_uuencoded_files_are_decoded(name: str) -> None:
    (file,) = read(name).files

    assert file.content == b"hola desde el siglo pasado, con saludos y fin"
    assert file.size == len(file.content)


def test_a_message_inside_a_mail_is_kept_as_a_file_and_not_taken_apart() -> None:
    (file,) = read("nested_message").files

    assert file.type == "message/rfc822"
    assert b"Texto de dentro" in file.content
    assert "Texto de dentro" not in read("nested_message").text


def test_an_image_of_the_text_is_inline_and_keeps_its_content_id() -> None:
    (file,) = read("inline_image").files

    assert (file.inline, file.content_id) == (True, "logo@x")


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("empty", "empty"),
        ("no_headers", "no_header"),
        ("folding_lost", "malformed_header"),
        ("unknown_charset", "unknown_charset"),
        ("windows_1252_says_ascii", "broken_charset"),
        ("broken_base64", "broken_base64"),
        ("missing_boundary", "broken_structure"),
        ("bad_date", "bad_date"),
    ],
)
def test_what_is_broken_is_named(name: str, defect: str) -> None:
    assert defect in read(name).defects


@pytest.mark.parametrize(
    ("name", "tier"),
    [("plain_utf8", "full"), ("broken_base64", "compat"), ("bare_cr", "compat"), ("empty", "full")],
)
def test_the_tier_says_who_read_the_mail(name: str, tier: str) -> None:
    assert read(name).tier == tier


@pytest.mark.parametrize(
    ("name", "remark"), [("calendar_reply", "calendar_reply"), ("plain_utf8", None)]
)
def test_an_agent_is_told_of_a_calendars_answer(name: str, remark: str | None) -> None:
    assert read(name).remarks == ((remark,) if remark else ())


def test_header_fields_are_read() -> None:
    mail = read("gmail_reply_es")

    assert mail.message_id == "<m1@globex.example>"
    assert mail.in_reply_to == "<o1@acme.example>"
    assert mail.references == (
        "<k7q2m9xd.abcdefghijklmnop@acme.example>",
        "<o1@acme.example>",
    )
    assert mail.date == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert mail.sender == Address(name="Ana Pérez", address="ana@globex.example")
    assert mail.to == (Address(name="Soporte", address="soporte@acme.example"),)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("split_encoded_words", "Conexión VPN caída"),
        ("raw_8bit_subject", "Impresora dañada"),
        ("iso_2022_jp", "日本語の件名"),
        ("header_injection", "Hola Bcc: victima@x.example"),
    ],
)
def test_subjects_are_decoded_to_one_clean_line(name: str, subject: str) -> None:
    assert read(name).subject == subject


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\r\nb", "a\n\nb"),
        ("a\r\nb\rc\x85d\u2028e\u2029f\r\n", "a\nb\nc\nd\ne\nf\n"),
        ("\ufeffa\x00\tb\x0c\x7f\n", "a\tb\n"),
        ("e\u0301\ud800", "é\ufffd"),
    ],
    ids=["doubled CR", "every break", "controls", "composed, without surrogates"],
)
def test_a_text_is_tidied_to_line_feeds_without_controls(raw: str, text: str) -> None:
    assert tidy(raw) == text


def test_a_name_cannot_carry_a_line_break_into_a_header() -> None:
    sender = read("header_injection").sender

    assert sender == Address(name="Ana Bcc: x", address="ana@globex.example")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a@b.example", [("", "a@b.example")]),
        ("Ana <a@b.example>", [("Ana", "a@b.example")]),
        ('"Pérez, A." <a@b.example>, c@d.es', [("Pérez, A.", "a@b.example"), ("", "c@d.es")]),
        ("=?utf-8?q?Globex:_Ana,_Eva?= <a@b.example>", [("Globex: Ana, Eva", "a@b.example")]),
        ("=?utf-8?q?P=C3=A9rez=2C_Ana?= <a@b.example>", [("Pérez, Ana", "a@b.example")]),
        (r'"Ana \"la jefa\", R\\D" <a@b.example>', [(r'Ana "la jefa", R\D', "a@b.example")]),
        (r"a@b.example (Ana \) Ruiz)", [("Ana ) Ruiz", "a@b.example")]),
        ("a@b.example (Ana (de Globex))", [("Ana (de Globex)", "a@b.example")]),
        ("equipo: a@b.example, Eva <c@d.example>;", [("", "a@b.example"), ("Eva", "c@d.example")]),
        ("undisclosed-recipients:;", []),
        ("Ana", [("Ana", "")]),
        ("<>", []),
        ("", []),
        ('"a b"@c.example', [("a", "b@c.example")]),
        ("Ana <a@b.example> Bea <c@d.example>", [("Ana", "a@b.example"), ("Bea", "c@d.example")]),
    ],
)  # fmt: skip
def test_address_fields_are_read(field: str, expected: list[tuple[str, str]]) -> None:
    mail = parse(a_mail(f"To: {field}"))

    assert [(one.name, one.address) for one in mail.to] == expected


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"X: " + b"a" * 300_000 + b"\r\n\r\nhola", "long_header"),
        (b"".join(b"X-%d: y\r\n" % n for n in range(1_001)) + b"\r\nhola", "many_headers"),
        (MIXED + b"--b\r\n\r\nx\r\n" * 501, "too_complex"),
        (
            b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                for n in range(51)
            ),
            "too_complex",
        ),
        (
            MIXED + b"".join(b"A" * 4_096 + b"boundary=b%d\r\n" % n for n in range(250)),
            "too_complex",
        ),
        (
            MIXED + b"".join(b"Boundary \t = \"b%d\"\r\n" % n for n in range(250)),
            "too_complex",
        ),
    ],
    ids=["header", "fields", "parts", "depth", "boundaries far apart", "boundaries with blanks"],
)  # fmt: skip
def test_beyond_the_limits_a_mail_is_not_taken_apart_and_still_read(
    raw: bytes, defect: str
) -> None:
    mail = parse(raw)

    assert mail.tier == "unparsable"
    assert defect in mail.defects


def test_at_the_limits_a_mail_is_taken_apart() -> None:
    fields = b"".join(b"X-%d: y\r\n" % n for n in range(999))
    parts = b"--b\r\n\r\nx\r\n" * 499

    mail = parse(fields + MIXED + parts)

    assert mail.tier == "full"
    assert mail.text.count("x") == 499


@pytest.mark.parametrize(
    "line",
    [b"Hay =C3=A1reas sin red, may =C3=A9l =\r\n", b"boundary=b\r\n", b"boundary =\r\n"],
    ids=["quoted-printable", "one boundary again and again", "no boundary"],
)
def test_what_only_looks_like_many_boundaries_does_not_keep_a_mail_from_being_read(
    line: bytes,
) -> None:
    mail = parse(MIXED + b"--b\r\n\r\n" + line * 1_000 + b"--b--\r\n")

    assert mail.tier == "full"


@pytest.mark.parametrize(
    "raw",
    [
        a_mail("To: " + "a@b.example, " * 20_000),
        a_mail("Subject: " + "=?utf-8?q?a?= " * 10_000),
        a_mail("To: " + "(" * 15_000),
        a_mail("To: " + "<" * 15_000),
        a_mail("References: " + "<a@b> " * 20_000),
        MIXED + b"--b\r\nX: " + b"=?utf-8?q?a?= " * 90_000,
        MIXED + b"--b\r\n" + b"X: y\r\n" * 100_000,
        a_mail("Content-Type: text/html", body="<div>" * 100_000),
        a_mail("Content-Type: text/html", body="<div>" * 300 + "<!--" * 100_000),
        a_mail(body="begin 644 a\r\n" * 30_000),
        a_mail(body="begin 644 a\r\n" + "M" * 100_000 + "\r\n" * 20_000),
        a_mail("Content-Type: text/plain; " + "a*1=b; " * 2_000),
        a_mail("Content-Type: text/plain; x=" + "\\" * 15_000),
        a_mail(body="=" * 1_000_000),
        a_mail(body="y =" * 500_000),
        a_mail(body="boundary" + " " * 1_000_000 + "="),
    ],
    ids=range(16),
)  # fmt: skip
def test_a_hostile_mail_costs_no_more_than_its_size(raw: bytes) -> None:
    started = time.process_time()

    parse(raw)

    # Each took from 5 s to minutes with a parser that is not linear; a slow machine is allowed for.
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "missing", ["fast_mail_parser", "selectolax.lexbor"], ids=["patient parser", "plain HTML"]
)
@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_without_the_fast_libraries_the_same_is_understood(
    path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = path.read_bytes()
    with_them = parse(raw)
    monkeypatch.setitem(sys.modules, missing, None)

    without = parse(raw)

    assert without.text == with_them.text
    assert without.reply == with_them.reply
    assert [(one.name, one.inline) for one in without.files] == [
        (one.name, one.inline) for one in with_them.files
    ]


@pytest.mark.parametrize("seed", range(30))
def test_no_damaged_mail_raises_or_takes_long(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    mails = [mutated(chance.choice(WHOLE), chance) for _ in range(100)]

    started = time.process_time()
    slowest = max(_seconds(one) for one in mails)

    assert slowest < 1
    assert time.process_time() - started < 20


def _seconds(raw: bytes) -> float:
    started = time.process_time()
    mail = parse(raw)
    f"{mail!r}".encode()  # every text can be written: no lone surrogates
    return time.process_time() - started


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    mail = parse(raw)

    assert mail.tier in {"full", "compat", "unparsable"}
    assert not any(one in mail.subject for one in "\r\n\x00")


@given(st.text(max_size=80), st.sampled_from(["text/plain", "image/png"]), st.integers(1, 99))
def test_no_file_name_can_leave_its_folder_or_hide_its_ending(
    name: str, kind: str, number: int
) -> None:
    found = file_name(name, kind, number)

    assert found.strip(" .") == found
    assert 0 < len(found) <= 150
    assert not set(found) & set('/\\<>:"|?*\r\n\x00\u202e\u2066')


def test_a_long_file_name_keeps_its_ending() -> None:
    assert file_name("a" * 400 + ".pdf", "application/pdf", 1).endswith("aaa.pdf")
