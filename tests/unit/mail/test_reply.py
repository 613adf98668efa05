"""The new part of a reply, in the shapes that people's programs send."""

import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from guardia.mail import reply
from guardia.mail.reply import new_part, new_part_of_html

LINE = "_" * 32
OLD = "\n\nHola:\n¿puede reiniciar?\n\nSoporte"


@pytest.mark.parametrize(
    "quote",
    [
        "El lun, 2 mar 2026 a las 10:00, Ana Pérez (<ana@x.example>) escribió:\n\n> viejo",
        "El lun, 2 mar 2026 a las 10:00, Ana de la Fuente\n(<ana@x.example>) escribió:\n> viejo",
        "El lun, 2 mar 2026 a las 10:00,\nAna Pérez\n<ana@x.example>\nescribió:\n> viejo",
        "On Mon, Mar 2, 2026 at 10:00 AM Ana <ana@x.example> wrote:\n\n> old\n>\n> > older",
        "On Mon, Mar 2, 2026 at 10:00 AM Ana\n<ana@x.example> wrote:\n\n> old",
        "On Mar 2, 2026, at 10:00, Ana <ana@x.example> wrote:" + OLD,
        "El 2 mar 2026, a las 10:00, Ana <ana@x.example> escribió:" + OLD,
        "Ana Pérez <ana@x.example> escribió:\n> viejo",
        "2026-03-02 10:00 GMT+01:00 Ana <ana@x.example>:\n> viejo",
        "Le lun. 2 mars 2026 à 10:00, Ana <ana@x.example> a écrit :\n> vieux",
        "Am Mo., 2. März 2026 um 10:00 Uhr schrieb Ana <ana@x.example>:\n> alt",
        "-----Original Message-----\nFrom: Support" + OLD,
        "-----Mensaje original-----\nDe: Soporte" + OLD,
        "---- Mensaje original ----" + OLD,
        "De: Soporte <s@x.example>\nEnviado: lunes, 2 de marzo\nPara: Ana\nAsunto: RE: VPN" + OLD,
        "*De:* Soporte\n*Enviado el:* lunes\n*Para:* Ana\n*Asunto:* RE: VPN" + OLD,
        "From: Support\nSent: Monday\nTo: Ana\nCc: Eva\nSubject: RE: VPN" + OLD,
        "From: Support\nDate: Monday\nSubject: RE: VPN\nTo: Ana" + OLD,
        LINE + "\nFrom: Support\nSent: Monday\nTo: Ana\nSubject: VPN" + OLD,
        LINE + "\n\nDe: Soporte\nFecha: lunes\nPara: Ana\nAsunto: VPN" + OLD,
        "##- Escriba su respuesta por encima de esta línea -##" + OLD,
        "##- Please type your reply above this line -##" + OLD,
        "> ##- Please type your reply above this line -##\n> old",
        "> viejo\n> más viejo",
    ],
)  # fmt: skip
def test_what_the_program_quoted_is_cut(quote: str) -> None:
    assert new_part(f"Ya funciona.\nGracias\n\n{quote}\n") == "Ya funciona.\nGracias"


@pytest.mark.parametrize(
    "closing",
    [
        "-- \nAna Pérez\nGlobex S.A.\nTel. 600 000 000",
        "--\nAna",
        "Enviado desde mi iPhone",
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Obtener Outlook para iOS<https://aka.ms/o0ukef>",
        "Get Outlook for Android",
        "Enviado desde Correo para Windows",
    ],
)
@pytest.mark.parametrize(
    "tail", ["", "\n\nOn 2 Mar 2026, at 10:00, A <a@x.example> wrote:\n\n> old"]
)
def test_signatures_and_a_phones_own_line_are_cut(closing: str, tail: str) -> None:
    assert new_part(f"Perfecto\n\n{closing}{tail}") == "Perfecto"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday my boss wrote:\nplease fix it\nbut nobody did",
        "El lunes mi jefe me escribió:\narréglalo\ny aquí sigo",
        "From: Madrid\nTo: Lisbon\nthe parcel is lost",
        "De: Madrid\nPara: Lisboa",
        "I ran this:\n> npm install\nand it failed",
        "The list:\n- one\n--- two\n- three",
        "Para: todos\nAsunto pendiente",
        "FYI\n\n------ Forwarded message ------\nFrom: Bea\nDate: Mon\nSubject: x\nTo: Ana\n\nrota",
        "Mire\n\nInicio del mensaje reenviado:\n\nDe: Bea\nAsunto: x\nPara: y\n\nTexto",
        "Sent from my iPhone the photos look blurred, from the tablet they are sharp",
        "____________________\nnombre: Ana\n____________________",
        "a\n\n\nb",
    ],
)  # fmt: skip
def test_what_only_resembles_a_quote_is_kept_whole(text: str) -> None:
    assert new_part(text) == text


def test_a_long_text_below_two_dashes_is_no_signature() -> None:
    text = "Dos cosas.\n--\n" + "\n".join(f"línea {n}" for n in range(20))

    assert new_part(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> one?\nyes\n> two?\nno\n> bye", "> one?\nyes\n> two?\nno"),
        ("On 2 Mar 2026, A <a@x.example> wrote:\n> one?\n\nyes, below", "yes, below"),
        (
            "Hola\n\nOn 2 Mar 2026, A <a@x.example> wrote:\n> one?\n\nyes, below",
            "Hola\n\n\nyes, below",
        ),
    ],
    ids=["between", "below", "above and below"],
)
def test_answers_between_and_below_quotes_are_kept(text: str, expected: str) -> None:
    assert new_part(text) == expected


@pytest.mark.parametrize(
    "text",
    ["> only a quote", "-----Original Message-----\nFrom: a", "Sent from my iPhone", "-- \nAna",
     "On 2 Mar 2026, A <a@x.example> wrote:\n> x"],
)  # fmt: skip
def test_a_mail_of_quotes_alone_is_kept_whole(text: str) -> None:
    assert new_part(text) == text


@given(st.text(alphabet=st.sampled_from("ab >-_\nOn wrote:De FromSubject#@2026:."), max_size=300))
def test_no_text_becomes_empty_or_gets_words_it_did_not_have(text: str) -> None:
    found = new_part(text)

    assert bool(found.strip()) == bool(text.strip())
    assert set(found.split()) <= set(text.split())


@given(st.text(max_size=300))
def test_windows_and_unix_line_ends_give_the_same_answer(text: str) -> None:
    unix = text.replace("\r", "")

    assert new_part(unix.replace("\n", "\r\n")) == new_part(unix)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            '<div dir="ltr">Nuevo</div><br><div class="gmail_quote"><div class="gmail_attr">'
            "El lun, 2 mar 2026 a las 10:00, S (&lt;s@x.example&gt;) escribió:<br></div>"
            '<blockquote class="gmail_quote">viejo</blockquote></div>',
            "Nuevo",
        ),
        (
            '<div>Nuevo</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De:</b> S'
            "<br><b>Enviado:</b> lunes</div><div>viejo</div>",
            "Nuevo",
        ),
        (
            '<div>Nuevo</div><div id="x_divRplyFwdMsg">Van: S</div><div>oud</div>',
            "Nuevo",
        ),
        (
            '<p>Nuevo</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3pt">'
            "<p><b>Von:</b> S</p></div><p>alt</p>",
            "Nuevo",
        ),
        (
            '<html><body>Nuevo<br><div><br><blockquote type="cite"><div>El 2 mar 2026, a las 10:00,'
            " S &lt;s@x.example&gt; escribió:</div><br>viejo</blockquote></div></body></html>",
            "Nuevo",
        ),
        (
            '<div>Nuevo</div><div class="moz-cite-prefix">On 2/3/26 10:00, S wrote:<br></div>'
            '<blockquote type="cite" cite="mid:x">old</blockquote>'
            '<pre class="moz-signature">-- \nAna</pre>',
            "Nuevo",
        ),
        ('<div>Nuevo<div class="gmail_signature">Ana<br>Globex</div></div>', "Nuevo"),
        (
            '<div class="gmail_quote"><blockquote>¿uno?</blockquote><div>sí</div>'
            '<blockquote class="gmail_quote">¿dos?</blockquote><div>no</div></div>',
            "> ¿uno?\n\nsí\n\n> ¿dos?\n\nno",
        ),
        (
            'FYI<br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message'
            " ---------<br>De: Bea</div>Está rota</div>",
            "FYI\n---------- Forwarded message ---------\nDe: Bea\nEstá rota",
        ),
        ('<div id="divRplyFwdMsg">De: S</div>todo', "De: S\ntodo"),
        ("<p>Solo texto</p>", "Solo texto"),
        ("", ""),
    ],
    ids=range(12),
)  # fmt: skip
def test_the_new_part_of_html_stands_alone(markup: str, expected: str) -> None:
    assert new_part_of_html(markup) == expected


HOSTILE: dict[str, Callable[[int], str]] = {
    "on": lambda n: "On " * n,
    "on lines": lambda n: "On \n" * n,
    "blank": lambda n: "\n" * n,
    "quotes": lambda n: ">\n" * n,
    "headers": lambda n: "From: a\n" * n,
    "underscores": lambda n: ("_" * 30 + "\n\n\n") * n,
    "alternating": lambda n: "a\n> b\n" * n,
    "signatures": lambda n: "-- \nx\n" * n,
    "attributions": lambda n: "On 2 x\na wrote:\n" * n,
    "one long line": lambda n: "wrote: 2026 @ " * n,
}


@pytest.mark.parametrize("family", HOSTILE)
def test_the_scanner_calls_grow_with_the_lines_and_no_faster(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply, "_LINES_LOOKED_AT", 1_000_000)

    once, twice = _calls(HOSTILE[family](1_000)), _calls(HOSTILE[family](2_000))

    assert twice <= 2.3 * max(once, 50)


def _calls(text: str) -> int:
    """Count the calls, those into C included, instead of trusting a clock."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        new_part(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("family", HOSTILE)
def test_a_hostile_megabyte_takes_a_fraction_of_a_second(family: str) -> None:
    make = HOSTILE[family]
    text = make(1_000_000 // len(make(1)))

    started = time.process_time()
    new_part(text)

    assert time.process_time() - started < 2
