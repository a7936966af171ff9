import pytest

from pipeline.errors import UnknownFormat
from pipeline.formats import FORMATS, signatures
from pipeline.formats.registry import chosen, named
from tests.formats.reading import FIXTURES, outcomes

OWN = {
    "story.txt": "text",
    "stories.jsonl": "jsonl",
    "ninjs_1.json": "json",
    "ninjs_2.json": "json",
    "ninjs_3.json": "json",
    "feed.json": "json",
    "newsml_g2_message.xml": "newsml-g2",
    "newsml_1.xml": "newsml-1",
    "nitf.xml": "nitf",
    "rss_2.xml": "feed",
    "rss_091.xml": "feed",
    "rdf.xml": "feed",
    "atom.xml": "feed",
    "page.html": "html",
    "wire.iptc": "iptc-7901",
}


def test_every_fixture_is_named_here() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(OWN)


@pytest.mark.parametrize("name", OWN)
def test_recognised_by_content_by_name_and_by_a_vague_content_type(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    assert chosen(None, None, data).name == OWN[name]
    assert chosen(None, name, data).name == OWN[name]
    assert chosen("application/octet-stream", name, data).name == OWN[name]
    assert chosen(None, "download", data).name == OWN[name]
    if name.endswith(".xml"):
        assert chosen("text/xml; charset=utf-8", None, data).name == OWN[name]
        wide = data.decode("latin-1").replace("ISO-8859-1", "UTF-16").encode("utf-16")
        assert chosen("application/xml", None, wide).name == OWN[name]


@pytest.mark.parametrize(
    ("content_type", "name", "data", "expected"),
    [
        ("text/plain", None, b'{"body": "x"}', "text"),
        ("TEXT/PLAIN; charset=utf-8", "a.json", b"x", "text"),
        (None, "a.TXT", b"<p>x</p>", "text"),
        ("application/json", None, b"x", "json"),
        ("application/json", None, b'{"body": "x"}\n{"body": "y"}', "jsonl"),
        (None, "a.json", b'{"body": "x"}\n{"body": "y"}', "jsonl"),
        ("application/x-ndjson", None, b'{"body": "x"}', "jsonl"),
        ("text/html", None, b"no tags at all", "html"),
        ("text/html", None, b"<?xml version='1.0'?><rss><channel/></rss>", "feed"),
        ("application/xhtml+xml", None, b"<html/>", "html"),
        ("application/rss+xml", None, b"garbage", "feed"),
        ("application/vnd.iptc.g2.newsitem+xml", None, b"<newsItem/>", "newsml-g2"),
        ("application/warc", None, b"", "warc"),
        (None, None, b"WARC/1.1\r\n", "warc"),
        (None, None, b"[Update] The bridge is closed.", "text"),
        (None, None, b"[ {", "json"),
        (None, None, b"<p>The bridge is closed.</p>", "html"),
        (None, None, b"<!-- x --><!DOCTYPE html><html>", "html"),
        (None, "a.xml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "html"),
        (None, "index.php", b"<!doctype HTML>", "html"),
        (None, None, b"", "text"),
        (None, None, "Мост закрыт.".encode("utf-16"), "text"),
    ],
)
def test_the_order_is_content_type_name_content(
    content_type: str | None, name: str | None, data: bytes, expected: str
) -> None:
    assert chosen(content_type, name, data).name == expected


@pytest.mark.parametrize(
    ("content_type", "name", "data", "words"),
    [
        ("image/jpeg", None, b"\xff\xd8\xff", "image/jpeg"),
        ("text/xml", None, b"<svg xmlns='x'/>", "<svg>"),
        (None, "a.xml", b"<!-- <rss> --><svg xmlns='x'/>", "<svg>"),
        (None, "a.pdf", b"%PDF-1.7", "PDF"),
        (None, None, b"PK\x03\x04" + bytes(100), "ZIP"),
        (None, None, bytes(257) + b"ustar\0", "tar"),
        (None, None, bytes(range(256)), "binary"),
    ],
)
def test_what_no_format_reads_is_named(content_type: str | None, name: str | None, data: bytes, words: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        chosen(content_type, name, data)
    assert words in str(caught.value)
    assert "newsml-g2" in caught.value.remedy


def test_a_format_by_its_name() -> None:
    assert named("nitf") is FORMATS["nitf"]
    (refused,) = outcomes(b"x", format="word")
    assert isinstance(refused, UnknownFormat)


def test_names_types_and_suffixes_are_each_of_one_format() -> None:
    own = [key for entry in FORMATS.values() for key in entry.content_types + entry.suffixes]
    assert len(own) == len(set(own))
    assert own == [key.lower() for key in own]


def test_no_signature_is_hidden_by_an_earlier_one() -> None:
    assert signatures.described("SQLite format 3\0") == "an SQLite database"
    assert signatures.described("<?xml version='1.0'?>\n<a:b c='d'/>") == "XML with the root element <b>"
