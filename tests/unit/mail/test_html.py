"""Markup of strangers: what is shown cannot run, track or hide; what is read has lines."""

import sys

import pytest
from hypothesis import given, strategies as st

from guardia.mail.html import clean, is_deep, to_text

BOTH = pytest.mark.parametrize("missing", [None, "selectolax.lexbor"], ids=["lexbor", "plain"])


@pytest.mark.parametrize(
    ("markup", "gone"),
    [
        ("<script>alert(1)</script>hola", "alert"),
        ("<style>p{}</style>hola", "style"),
        ("<p onclick='x()'>hola</p>", "onclick"),
        ("<a href='javascript:x()'>hola</a>", "javascript"),
        ("<a href='data:text/html,x'>hola</a>", "data:"),
        ("<a href='/admin'>hola</a>", "/admin"),
        ("<img src='http://t.example/p.gif'>hola", "t.example"),
        ("<img src='//t.example/p.gif'>hola", "t.example"),
        ("<img srcset='http://t.example/p.gif 2x' src='cid:a'>hola", "t.example"),
        ("<div style='background:url(http://t.example)'>hola</div>", "t.example"),
        ("<table background='http://t.example/p.gif'><tr><td>hola</table>", "t.example"),
        ("<form action='http://t.example'><input name=a>hola</form>", "input"),
        ("<iframe src='http://t.example'></iframe>hola", "iframe"),
        ("<svg onload=x()></svg>hola", "svg"),
        ("<p id=main class=big>hola</p>", "main"),
        ("<p class=big>hola</p>", "big"),
        ("<base href='http://t.example'>hola", "t.example"),
        ("<meta http-equiv=refresh content='0;http://t.example'>hola", "t.example"),
        ("<!-- secreto -->hola", "secreto"),
        ("<a href='cid:x'>hola</a>", "cid"),
    ],
)
def test_what_could_run_or_track_is_gone_and_the_text_stays(markup: str, gone: str) -> None:
    found = clean(markup)

    assert gone not in found
    assert "hola" in found


def test_formats_links_tables_and_images_of_the_mail_itself_stay() -> None:
    markup = (
        '<p><b>a</b> <a href="https://x.example/y">b</a></p><table><tbody><tr><td>c</td></tr>'
        '</tbody></table><img src="cid:logo@x" alt="d">'
    )

    found = clean(markup)

    assert 'src="cid:logo@x"' in found
    assert 'href="https://x.example/y" rel="noopener noreferrer"' in found
    assert "<td>c</td>" in found


@pytest.mark.parametrize("markup", ["<div>" * 201 + "hola<b>", "hola<b>" + "x" * 1_000_000])
def test_what_is_too_deep_or_too_large_is_shown_as_text(markup: str) -> None:
    found = clean(markup)

    assert found.startswith("<pre>")
    assert "hola" in found
    assert "<b>" not in found


def test_paragraphs_that_are_never_closed_do_not_count_as_depth() -> None:
    assert is_deep("<p>x<br><li>y" * 1_000) is False
    assert is_deep("<div>" * 201) is True
    assert is_deep("<div></div>" * 1_000) is False


@BOTH
@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>uno</p><p>dos</p>", "uno\n\ndos"),
        ("uno<br>dos", "uno\ndos"),
        ("<div>uno</div><div>dos</div>", "uno\ndos"),
        ("<div>uno <b>dos</b>, <i>tres</i></div>", "uno dos, tres"),
        ("<ul><li>uno</li><li>dos</li></ul>", "- uno\n- dos"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<blockquote>uno<br>dos</blockquote>tres", "> uno\n> dos\n\ntres"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a &amp; b &lt;c&gt; &ntilde;&nbsp;d", "a & b <c> ñ d"),
        ("<head><title>t</title></head><body>x<script>y</script></body>", "x"),
        ("<style>p{}</style>x<!-- y -->z", "xz"),
        ("x<!-- never closed", "x"),
        ("x <img alt='logo' src='cid:a'>", "x [logo]"),
        ("  a \n\n b  ", "a b"),
        ("", ""),
    ],
)
def test_text_has_the_lines_a_reader_sees(
    markup: str, text: str, missing: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing or "no.such.module", None)

    assert to_text(markup) == text


@given(st.text(alphabet="<>/!-=\"' abdivpre&;\n", max_size=200))
def test_any_markup_has_a_text_and_a_clean_form(markup: str) -> None:
    assert "\x00" not in to_text(markup)
    assert "<script" not in clean(markup)
