"""Inputs that attack a decoder, each in a process of its own: `python -m tests.formats.hostile [NAME…]`.

Prints one JSON object per line: how each item ended, how many MiB the process grew by while decoding, how long it took.
"""

import gzip
import io
import json
import os
import resource
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable

import zstandard

from pipeline.formats import Skipped, Withdrawal, decode, decode_stream
from pipeline.records import Article
from pipeline.settings import LimitsSettings

MIB = 1024 * 1024
ADDRESS_SPACE = (
    3 * 1024 * MIB
)  # far above what decoding needs; a leak ends in MemoryError and not in the machine's swap


def gzip_bomb(size: int, unit: bytes) -> bytes:
    """`size` bytes of `unit` repeated, without ever holding them."""
    packer = zlib.compressobj(9, wbits=31)
    block = unit * (MIB // len(unit))
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


def zstd_bomb(size: int, unit: bytes) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    block = unit * (MIB // len(unit))
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


def xml(body: str, doctype: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{doctype}<nitf><body><body.content><p>{body}</p></body.content></body></nitf>'.encode()
    )


def laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return xml("&l9;", f'<!DOCTYPE nitf [<!ENTITY l0 "ha">{levels}]>')


def feed_entity(doctype: str) -> bytes:
    item = "<item><title>&x;</title></item>"
    return f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel>{item}</channel></rss>'.encode()


INPUTS: dict[str, Callable[[], bytes]] = {
    "xxe": lambda: xml("&x;", '<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "xxe-public": lambda: xml("&x;", '<!DOCTYPE nitf [<!ENTITY x PUBLIC "p" "http://127.0.0.1:1/">]>'),
    "xxe-parameter": lambda: xml("x", '<!DOCTYPE nitf [<!ENTITY % x SYSTEM "http://127.0.0.1:1/evil.dtd"> %x;]>'),
    "xxe-feed": lambda: feed_entity('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "billion-laughs": laughs,
    "billion-laughs-feed": lambda: feed_entity(
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>'
    ),
    "quadratic-entity": lambda: xml("&x;" * 100_000, f'<!DOCTYPE nitf [<!ENTITY x "{"a" * 100_000}">]>'),
    "external-dtd": lambda: xml("The bridge is closed.", '<!DOCTYPE nitf SYSTEM "http://127.0.0.1:1/nitf.dtd">'),
    "gzip-bomb": lambda: gzip_bomb(1024 * MIB, b"a"),
    "gzip-bomb-lines": lambda: gzip_bomb(128 * MIB, b"\n"),
    "gzip-bomb-articles": lambda: gzip_bomb(
        1024 * MIB, b'{"language": "en", "body": "%s"}\n' % (b"The bridge is closed. " * 185)
    ),
    "gzip-bomb-nested": lambda: gzip.compress(gzip_bomb(128 * MIB, b"a")),
    "gzip-quine-like": lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"text")))),
    "zstd-bomb": lambda: zstd_bomb(1024 * MIB, b"a"),
    "zstd-huge-window": lambda: bytes.fromhex("28b52ffd") + bytes([0x00, 0xA8]) + bytes(16),
    "deep-json": lambda: b"[" * 200_000 + b"]" * 200_000,
    "deep-json-objects": lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "deep-json-extra": lambda: b'{"body": "x", "extra": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}",
    "deep-xml": lambda: xml("<b>" * 100_000 + "x" + "</b>" * 100_000),
    "deep-xml-within-the-parser": lambda: xml("<b>" * 230 + "x" + "</b>" * 230),
    "deep-html": lambda: b"<html><body>" + b"<div>" * 200_000 + b"text",
    "deep-html-in-a-feed": lambda: feed(f"<![CDATA[{'<b>' * 100_000}x]]>", 1),
    "enormous-attribute": lambda: xml(f'<a href="{"x" * 7_900_000}">The bridge is closed.</a>'),
    "enormous-attribute-html": lambda: b'<html><body><p class="' + b"x" * 7_900_000 + b'">The bridge is closed.',
    "enormous-text": lambda: b"word " * 1_500_000,
    "many-tags": lambda: xml("<b/>" * 1_500_000),
    "many-entries": lambda: feed("The bridge is closed.", 100_000),
    "many-json-items": lambda: b"[" + b'{"body":"a"},' * 300_000 + b"{}]",
    "quadratic-html-paragraphs": lambda: b"<html><body>" + b"<div>" * 200 + b"</div>" * 200 + b"<div>x</div>" * 600_000,
    "quadratic-html-unclosed": lambda: b"<html><body>" + b"<p><a><b>" * 800_000,
    "quadratic-comments": lambda: b"<!--" * 2_000_000,
    "quadratic-doctype": lambda: b"<!DOCTYPE " * 800_000,
    "quadratic-declaration": lambda: b"<?xml " + b'encoding="a" ' * 600_000,
    "quadratic-ampersands": lambda: xml("&" * 7_000_000),
    "quadratic-headline": lambda: b"a" + b" " * 8_000_000,
    "quadratic-blank-lines": lambda: b"\n \n" * 2_600_000 + b"a",
    "quadratic-wire": lambda: b"\x01a\x02" + b"^ " * 3_900_000,
    "quadratic-wire-messages": lambda: b"\x01a\x02" + b"\x01" * 7_900_000,
    "quadratic-tags": lambda: xml("<b>" * 190 + "</c>" * 190 + "<d>x" * 100_000),
    "many-double-encoded": lambda: xml("\u00e2\u20ac\u2122 " * 700_000),
    "huge-header-warc": lambda: b"WARC/1.0\r\n" + b"A: b\r\n" * 1_300_000,
    "warc-length-lies": lambda: b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999999999\r\n\r\nx",
    "unending-number": lambda: b'{"body": ' + b"9" * 8_000_000 + b"}",
    "backslashes": lambda: b'{"body": "' + b"\\\\" * 3_900_000 + b"\\ud800" + b'"}',
}


def feed(text: str, entries: int) -> bytes:
    item = f"<item><title>Bridge closed</title><description>{text}</description></item>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{item * entries}</channel></rss>'.encode()


def warm_up() -> None:
    """Loads what the libraries need for any input at all: that is no growth."""
    for data in (
        b"<html><body><p>The bridge is closed, the council says.",
        feed("A bridge.", 1),
        b"\xe9t\xe9 en ville",
    ):
        list(decode(data, limits=LimitsSettings()))


def run(name: str) -> dict[str, object]:
    """Decodes one input. The input itself is no growth either."""
    data = INPUTS[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    ends: Counter[str] = Counter()
    for outcome in decode_stream(io.BytesIO(data), limits=LimitsSettings()):
        if isinstance(outcome, Article):
            ends["article"] += 1
        elif isinstance(outcome, Withdrawal):
            ends["withdrawal"] += 1
        else:
            ends[outcome.reason if isinstance(outcome, Skipped) else f"refused: {outcome.reason}"] += 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    seconds = time.monotonic() - start
    return {"name": name, "ends": ends, "grown_mib": grown / MIB, "seconds": seconds, "input_mib": len(data) / MIB}


def run_apart(name: str) -> None:
    """Decodes one input in a child that shares what was loaded, and nothing that another input left behind."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        try:
            sys.stdout.write(json.dumps(run(name)) + "\n")
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    warm_up()
    for given in sys.argv[1:] or INPUTS:
        run_apart(given)
