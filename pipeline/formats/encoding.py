"""Bytes to text: by byte-order mark, by declaration, by what the bytes themselves show.

A declaration is believed as far as the bytes agree with it. Three are wrong so often that the bytes decide: UTF-8
declared as an 8-bit encoding, Windows-1252 declared as ISO 8859-1, and UTF-8 with a few stray Windows-1252 bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

REPLACEMENT = "\ufffd"

_BOMS = (
    # The longer first: UTF-32's little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What browsers read under these names (WHATWG Encoding): supersets that real pages rely on.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
# Python's names of codecs that are no character encoding, or that hide what they say (UTF-7).
_NEVER = frozenset({"utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem"})
_MULTIBYTE = re.compile(r"utf|gb|big5|cp9[345]|euc|jis|iso2022|johab|hz")
_JAPANESE_MAIL = re.compile(rb"\x1b\$[B@]")
_UNSEEN = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`encoding`: the one used, by Python's name; `declared`: the one named, where that was another."""

    text: str
    encoding: str
    declared: str | None = None


def decoded(data: bytes, *declared: str | None) -> Decoded:
    """The text of `data`. `declared`: encodings as named by transport, then document; the first that fits is used.

    Never fails: what no encoding explains becomes U+FFFD, byte by byte.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(encoding, "replace"), encoding)
    names = [name for name in map(known, declared) if name]
    first = names[0] if names else None
    # Text in an 8-bit encoding is valid UTF-8 by accident only where it is ASCII, and then it makes no difference; and
    # UTF-16 is only where there are NULs, whatever a declaration that could be read byte by byte says.
    if not any(map(_is_multibyte, names)) or (_is_wide(first) and 0 not in data):
        # All of it is ASCII to the eye.
        seven_bit = _JAPANESE_MAIL.search(data) is not None and _strictly(data, "iso2022_jp") is not None
        text = None if looks_wide(data) or seven_bit else _strictly(data, "utf-8")
        if text is not None:
            return Decoded(text, "utf-8", first if first != "utf-8" and not data.isascii() else None)
    # 0.1 s of imports, for the few inputs that need them.
    from pipeline.formats.encoding_guess import guessed, is_latin

    for name in names:
        encoding = _with_order(name, data)
        # Windows-1252 gives a reading to any bytes: it is believed where these look like it.
        text = _strictly(data, encoding) if encoding != "cp1252" or is_latin(data) else None
        if text is not None:
            return Decoded(text, encoding, first if name != first else None)
    encoding = known(guessed(data)) or "cp1252"
    return Decoded(_leniently(data, encoding), encoding, first if first != encoding else None)


def marked(head: bytes) -> str | None:
    """The beginning of a text as its byte-order mark, or the NULs of UTF-16, say; None where there is neither."""
    if head.startswith(tuple(mark for mark, _ in _BOMS)) or looks_wide(head):
        return decoded(head).text
    return None


def known(name: str | None) -> str | None:
    """Python's name for the encoding that `name` stands for on the web; None where there is none."""
    try:
        found = codecs.lookup((name or "").strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    if found.name in _NEVER or not getattr(found, "_is_text_encoding", True):
        return None
    return _WIDER.get(found.name, found.name)


def visible(text: str) -> str:
    """`text` with U+FFFD for each NUL and lone surrogate: as long as before, so every offset stands.

    No UTF-8 can hold a surrogate, and PostgreSQL, C and many JSON readers fail on U+0000.
    """
    return _UNSEEN.sub(REPLACEMENT, text)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        # Browsers read the five bytes that Windows-1252 leaves open as C1 controls.
        return data.decode("cp1252", "c1") if encoding == "cp1252" else None
    except (UnicodeError, ValueError):
        return None


def _is_multibyte(encoding: str) -> bool:
    return _MULTIBYTE.match(encoding) is not None and encoding != "utf-8"


def _is_wide(encoding: str | None) -> bool:
    return encoding is not None and encoding.startswith(("utf-16", "utf-32"))


def _with_order(encoding: str, data: bytes) -> str:
    return byte_order(data) if encoding.startswith("utf-16") and looks_wide(data) else encoding


def looks_wide(data: bytes) -> bool:
    """Whether this is UTF-16 without a mark: every other byte of Latin text or markup is then NUL, and few others."""
    if data[:4] in (b"<\0?\0", b"\0<\0?"):
        return True
    half = len(data[:1024]) // 2
    few, many = sorted((data[:1024:2].count(0), data[1:1024:2].count(0)))
    return half > 3 and many > 0.6 * half and few < 0.1 * half


def byte_order(data: bytes) -> str:
    """Which UTF-16 this is, where `looks_wide`."""
    return "utf-16-be" if data[:1024:2].count(0) > data[1:1024:2].count(0) else "utf-16-le"


def _leniently(data: bytes, encoding: str) -> str:
    if encoding in ("utf-8", "cp1252"):
        return data.decode(encoding, "c1" if encoding == "cp1252" else "cp1252-bytes")
    return data.decode(encoding, "replace")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "c1"), error.end


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("cp1252-bytes", _as_cp1252)
codecs.register_error("c1", _as_c1)
