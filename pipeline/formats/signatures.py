"""The beginning of an input: as text for the formats that recognise themselves, and in words where none does."""

from __future__ import annotations

from pipeline.formats.encoding import marked
from pipeline.formats.xml_text import root_name

_KNOWN = (
    ("%PDF", "a PDF document"),
    ("PK\x03\x04", "a ZIP archive, or an office document or e-book inside one"),
    ("\xd0\xcf\x11\xe0", "an old Word, Excel or Outlook file"),
    ("{\\rtf", "an RTF document"),
    ("\x89PNG", "a PNG image"),
    ("\xff\xd8\xff", "a JPEG image"),
    ("GIF8", "a GIF image"),
    ("II*\0", "a TIFF image"),
    ("MM\0*", "a TIFF image"),
    ("BZh", "bzip2"),
    ("\xfd7zXZ", "xz"),
    ("7z\xbc\xaf", "a 7z archive"),
    ("Rar!", "a RAR archive"),
    ("SQLite format 3", "an SQLite database"),
    ("PAR1", "a Parquet file"),
    ("\x7fELF", "a program"),
)
_TAR = (257, "ustar")


def beginning(head: bytes) -> str:
    """`head` as text in which markup can be seen, whatever the encoding: as declared by a mark, else byte by byte."""
    return marked(head) or head.decode("latin-1")


def described(beginning: str) -> str:
    """In words, what an input is that no format recognises."""
    for mark, words in _KNOWN:
        if beginning.startswith(mark):
            return words
    if beginning.startswith(_TAR[1], _TAR[0]):
        return "a tar archive"
    if (root := root_name(beginning)) and root.isprintable():
        return f"XML with the root element <{root[:100]}>"
    return "text" if beginning.isprintable() else "binary data"


def is_binary(beginning: str) -> bool:
    """Whether this is a file of a kind that holds no readable text."""
    return beginning.startswith(tuple(mark for mark, _ in _KNOWN)) or beginning.startswith(_TAR[1], _TAR[0])
