import pytest

from pipeline.errors import ArticleTooDeep, UndecodableRecord, UnsafeMarkup
from pipeline.formats.xml_text import declared_encoding, parsed, root_name, without_entities
from tests.formats.reading import LIMITS


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<rss version='2.0'>", "rss"),
        (
            "<?xml version='1.0'?>\n<!-- <html> -->\n<!DOCTYPE a [<!ENTITY b 'c>d'>]>\n<n:newsItem xmlns:n='x'>",
            "newsItem",
        ),
        ("<a/>", "a"),
        ("plain", None),
        ("<p", None),
        ("< p>", None),
        ("", None),
    ],
)
def test_the_root(head: str, name: str | None) -> None:
    assert root_name(head) == name


def test_the_declared_encoding() -> None:
    assert declared_encoding(b"<?xml version='1.0' encoding='koi8-r'?>") == "koi8-r"
    assert declared_encoding('\ufeff<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16-le")) == "UTF-16"
    assert declared_encoding(b"<a encoding='x'/>") is None


def test_entities() -> None:
    text = '<!DOCTYPE a [<!ENTITY co "Ex & Co">]><a>&co;</a>'
    with pytest.raises(UnsafeMarkup):
        without_entities(text)
    doctype = '<!DOCTYPE a [<!ENTITY co "Ex &#38; Co"><!ENTITY q \'"\'>]>'
    text = '<a b="&q;">&co; &eacute; &amp; &none; <![CDATA[&co;]]></a>'
    assert without_entities(doctype + text) == '<a b="&quot;">Ex &amp; Co é &amp; &amp;none; <![CDATA[&co;]]></a>'


def test_a_fault_is_told_with_its_place_and_without_its_content() -> None:
    with pytest.raises(UndecodableRecord) as caught:
        parsed(b"<a>\n<b>", None, LIMITS)
    assert "line 2" in caught.value.detail
    mended = parsed(b"<a>R&D</a>", None, LIMITS)
    assert mended.root.text == "R&D"
    assert mended.fault is not None
    assert parsed(b"<a>x</a>", None, LIMITS).fault is None


def test_depth() -> None:
    with pytest.raises(ArticleTooDeep):
        parsed(b"<a>" * 201 + b"</a>" * 201, None, LIMITS)
    parsed(b"<a>" * 200 + b"</a>" * 200, None, LIMITS)
