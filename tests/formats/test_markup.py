import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ArticleTooDeep
from pipeline.formats.markup import cleaned, html_text, one_line, plain_paragraphs


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>two</b>three</p>four", "One twothree\n\nfour"),
        ("a<br>b<br/><br/>c", "a\nb\n\nc"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\n\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a <script>x</script><style>y</style>b", "a b"),
        ("<figure><img><figcaption>c</figcaption></figure>a", "a"),
        ("a<!-- b -->c", "ac"),
        ("&lt;p&gt; &amp; &eacute;&nbsp;x &#8220;y&#8221; &#146;", "<p> & é x “y” ’"),
        ("  a \n\t b  ", "a b"),
        ("co\u00adop\u200berate", "cooperate"),
        ("<html><head><title>t</title></head><body><p>a</p></body></html>", "a"),
        ("plain", "plain"),
        ("", ""),
        ("<!-- -->", ""),
        ("<p>unclosed <i>tags", "unclosed tags"),
        ("a\u2028b\u2029c", "a\nb\n\nc"),
    ],
)
def test_html(markup: str, text: str) -> None:
    assert html_text(markup) == text


def test_too_deep() -> None:
    with pytest.raises(ArticleTooDeep):
        html_text("<b>" * 10_000 + "x")


def test_plain_text_keeps_its_lines() -> None:
    assert plain_paragraphs("a  b \r\nc\r\n\r\n\r\n\r\nd\u00a0e\x07") == "a b\nc\n\nd e"


WIRE = """\
   LINDHOLM, April 5 (Example) - The port of Lindholm will reopen
on Monday after a strike of three weeks, the harbour authority
said on Friday, ending the longest closure in its history.
   "We have an agreement that both sides can live with," said Ada
Berg, who heads the authority.

The union disputed that. Nothing has been signed, its secretary
told reporters outside the gates of the port on Friday evening.
"""
UNBROKEN = (
    "LINDHOLM, April 5 (Example) - The port of Lindholm will reopen on Monday after a strike of three weeks, the "
    "harbour authority said on Friday, ending the longest closure in its history.\n\n"
    '"We have an agreement that both sides can live with," said Ada Berg, who heads the authority.\n\n'
    "The union disputed that. Nothing has been signed, its secretary told reporters outside the gates of the port on "
    "Friday evening."
)


def test_lines_that_fill_a_column_are_joined() -> None:
    assert plain_paragraphs(WIRE) == UNBROKEN
    assert html_text(f"<p>Before</p><pre>{WIRE}</pre>after") == f"Before\n\n{UNBROKEN}\n\nafter"


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red\nViolets are blue\nSugar is sweet\nAnd so are you",
        "The port reopens on Monday.\nThe union disputes it, and says nothing has been signed by anybody.\nMore.",
        "Arsenal 1\nChelsea 0\nEverton 2\nFulham 2",
    ],
)
def test_other_lines_stay(text: str) -> None:
    assert plain_paragraphs(text) == text


def test_one_line() -> None:
    assert one_line(" a\n b\t") == "a b"
    assert one_line("\n") is None
    assert one_line(None) is None


@given(st.text())
def test_no_markup_fails(markup: str) -> None:
    text = html_text(markup)
    assert text == text.strip()
    text.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="<&"), min_size=1))
def test_words_survive(text: str) -> None:
    assert html_text(f"<p>{text}</p>").split() == cleaned(text).replace("\xa0", " ").split()
