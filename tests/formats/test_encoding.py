import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.encoding import decoded, known, visible

GERMAN = "Die Bürgermeisterin begrüßte am Freitag die Öffnung der Brücke über die Mürz. „Endlich“, sagte sie."
POLISH = "Burmistrz powiedział, że most będzie ponownie otwarty w piątek. Mieszkańcy się cieszą, źle nie jest."
RUSSIAN = "Мэр города заявил, что мост через реку откроют в пятницу. Жители недовольны решением администрации."
GREEK = "Ο δήμαρχος δήλωσε ότι η γέφυρα θα ανοίξει ξανά την Παρασκευή, μετά από τρεις εβδομάδες."
JAPANESE = "市長は金曜日、橋が月曜日に再開すると発表した。住民は決定に反対している。"
CHINESE = "市长星期五宣布，大桥将于星期一重新开放。居民们对这一决定表示不满。"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_by_its_mark_or_its_nuls(encoding: str) -> None:
    assert decoded(GERMAN.encode(encoding)).text == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (GREEK, "cp1253"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "big5"),
    ],
)
def test_an_encoding_that_nobody_declared(text: str, encoding: str) -> None:
    text = text.encode(encoding, "ignore").decode(encoding)
    assert decoded(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "koi8-r"),
        (CHINESE, "gb2312"),
        (JAPANESE, "Shift_JIS"),
        (JAPANESE, "iso-2022-jp"),
        (POLISH, "ISO-8859-2"),
        (GERMAN, "windows-1252"),
    ],
)
def test_a_declared_encoding_is_used(text: str, declared: str) -> None:
    text = text.encode(declared, "ignore").decode(declared)
    found = decoded(text.encode(declared), declared)
    assert found.text == text
    assert found.declared is None


def test_utf8_declared_as_an_8_bit_encoding() -> None:
    for declared in ("iso-8859-1", "windows-1252", "us-ascii", "windows-1251"):
        found = decoded(GERMAN.encode(), declared)
        assert (found.text, found.encoding) == (GERMAN, "utf-8")
        assert found.declared == known(declared)


def test_windows_1252_declared_as_latin_1_or_as_utf8() -> None:
    assert decoded(GERMAN.encode("cp1252"), "iso-8859-1").text == GERMAN
    assert decoded(GERMAN.encode("cp1252"), "utf-8").text == GERMAN
    assert decoded(GERMAN.encode("cp1252"), "ascii").text == GERMAN


def test_cyrillic_declared_as_latin_1() -> None:
    found = decoded(RUSSIAN.encode("cp1251"), "iso-8859-1")
    assert (found.text, found.encoding, found.declared) == (RUSSIAN, "cp1251", "cp1252")


def test_utf8_with_a_few_bytes_from_elsewhere() -> None:
    data = RUSSIAN.encode() + "“quoted”".encode("cp1252")
    assert decoded(data).text == RUSSIAN + "“quoted”"
    assert decoded(RUSSIAN.encode()[:-1], "utf-8").text.startswith(RUSSIAN[:-2])


def test_utf16_in_a_declaration_that_could_be_read_byte_by_byte() -> None:
    assert decoded(b'<?xml version="1.0" encoding="UTF-16"?><a/>', None, "UTF-16").encoding == "utf-8"


def test_chinese_is_not_taken_for_utf8_by_accident() -> None:
    # The well-known case: these bytes are valid UTF-8 too.
    assert decoded("联通".encode("gbk"), "gbk").text == "联通"


@pytest.mark.parametrize(
    "name", ["utf-7", "unicode_escape", "idna", "hex", "zip", "rot13", "nonsense", "", None, "a" * 999]
)
def test_what_is_no_encoding(name: str | None) -> None:
    assert known(name) is None


@given(st.binary(), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "shift_jis", "gbk", "utf-7", "x"]))
def test_no_bytes_fail(data: bytes, declared: str | None) -> None:
    text = decoded(data, declared).text
    visible(text).encode("utf-8")


@given(st.text())
def test_what_is_made_visible_is_as_long_and_safe(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert "\0" not in shown
    shown.encode("utf-8")


@given(st.text(st.characters(codec="utf-8")))
def test_utf8_is_exact(text: str) -> None:
    if not text.startswith("\ufeff") and text.count("\0") * 3 <= len(text) and "\x1b$" not in text:
        assert decoded(text.encode()).text == text
