"""The encoding of bytes that nobody declared and that are no UTF-8, by what they look like.

charset-normalizer tells scripts apart well, and the encodings of Latin script badly: half of all Portuguese sentences
in Windows-1252 it reads as Windows-1250. There the language decides, which shows in the unaccented letters alone.
"""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from pipeline.formats.encoding import byte_order, looks_wide
from pipeline.formats.language_detection import detected

# What the web is written in, by the WHATWG's list: DOS and Macintosh code pages only draw guesses away.
_CANDIDATES = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949"),
]
_CENTRAL = ("cp1250", "iso8859_2")
_CUSTOMARY = {
    **dict.fromkeys(("cs", "hr", "bs", "hu", "pl", "ro", "sk", "sl", "sq"), _CENTRAL),
    **dict.fromkeys(("az", "tr"), ("cp1254",)),
    **dict.fromkeys(("et", "lt", "lv"), ("cp1257",)),
    "vi": ("cp1258",),
}
_WESTERN = ("cp1252",)
_SAMPLE = 16 * 1024  # bytes
_ASCII = bytes(range(128))
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")


def guessed(data: bytes) -> str:
    """Python's name of the encoding that `data` is most likely in."""
    if looks_wide(data):
        return byte_order(data)
    if data.isascii():  # its escapes alone say that it is more
        return "iso2022_jp"
    beyond = len(data.translate(None, _ASCII))
    # A few bad bytes in much UTF-8: an editor pasted from elsewhere, or the end is cut off.
    valid = len(data.decode("utf-8", "ignore").encode()) - (len(data) - beyond)
    if valid >= 0.8 * beyond:
        return "utf-8"
    sample = data[:_SAMPLE]
    if is_latin(sample):
        return _latin(sample)
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        return "cp1252"
    return _latin(sample) if best.encoding in ("cp1250", "cp1252", "cp1254", "cp1257", "iso8859_2") else best.encoding


def is_latin(data: bytes) -> bool:
    """Whether bytes beyond ASCII stand alone, as accented letters do: those of other scripts stand together."""
    sample = data[:_SAMPLE]
    return len(_ALONE.findall(sample)) >= 0.6 * len(sample.translate(None, _ASCII))


def _latin(sample: bytes) -> str:
    language, _, _ = detected(sample.decode("cp1252", "c1"))
    return max(_CUSTOMARY.get(language or "", _WESTERN), key=lambda encoding: _letters(sample, encoding))


def _letters(sample: bytes, encoding: str) -> int:
    return sum(char.isalpha() and char > "\x7f" for char in sample.decode(encoding, "replace"))
