"""Records that no producer should send, and some will: real ones with bytes flipped, cut, repeated and mixed; JSON of
any shape."""

import gzip
import io
import random
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.faults.backlog import Raw
from tests.faults.birth import REPOSITORY

_JSON = "application/json"
_CONTENT_TYPES = (
    _JSON,
    "application/jsonl",
    "text/plain",
    "text/plain; charset=utf-16",
    "text/html",
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/xml",
    "application/vnd.iptc.g2.newsitem+xml",
    "application/warc",
    "application/octet-stream",
    "application/gzip",
    "no content type at all",
    "",
)
_TOKENS = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"1e999", b"-0", b"NaN", b"null", b"[" * 500,
    b'{"a":' * 500, b"<![CDATA[", b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<b>" * 500, b"\r\n",
    b"\xe2\x80\xae", b"\xcc\x81" * 200, b'"', b"{", b"}", b"<", b">", b"9" * 5000, b'"revision":0,', b'"id":null,',
    b'"body":[],', b"\x1f\x8b", b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_REPEATS = 50


def bases(shared: Path | None) -> list[tuple[bytes, str | None]]:
    """Whole records of every format at hand and their content types: our examples, and the research data if there."""
    found: list[tuple[bytes, str | None]] = [
        (path.read_bytes(), _JSON if path.suffix == ".json" else "text/plain")
        for path in sorted((REPOSITORY / "examples").iterdir())
    ]
    texts = [data for data, content_type in found if content_type == _JSON]
    found.append((b"\n".join(orjson.dumps(orjson.loads(text)) for text in texts), "application/jsonl"))
    if shared is not None:
        with gzip.open(shared / "data" / "news" / "allsides.jsonl.gz") as lines:
            found += [(line, _JSON) for line in islice(lines, 300)]
        for path in sorted((shared / "data" / "feeds").rglob("*")):
            if path.suffix in {".xml", ".json", ".html"} and path.stat().st_size < 200_000:
                found.append((path.read_bytes(), _JSON if path.suffix == ".json" else None))
        with tarfile.open(shared / "data" / "feeds" / "feedparser.tar.gz") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".xml") and (file := archive.extractfile(member)):
                    found.append((file.read(), None))
    return found


def records(count: int, chosen: int, shared: Path | None) -> Iterator[Raw]:
    """`count` records; the same for the same number `chosen`. A quarter is JSON that hypothesis made."""
    chance = random.Random(chosen)
    some = bases(shared)
    made = generated(count // 4, chosen)
    for number in range(count):
        if number % 4 == 0 and made:
            data, content_type = made.pop(), chance.choice([_JSON, None])
        else:
            data, content_type = chance.choice(some)
            data = mutated(_named(data, number), chance, [one for one, _ in chance.choices(some, k=2)])
        yield _record(number, data, content_type, chance)


def number_of(headers: Any) -> int | None:
    """Which record of `records` something was made from, by the trace context that is passed through."""
    for name, value in headers:
        if name == "traceparent" and value is not None and value.startswith(b"00-"):
            return int(value[3:35], 16) - 1
    return None


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """`data` with one to four things done to it."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        until = min(len(changed), at + chance.randint(1, 1 + len(changed) // chance.choice([2, 50])))
        match chance.randrange(8):
            case 0 | 1:
                for place in chance.choices(range(len(changed)), k=chance.randint(1, 8)) if changed else ():
                    changed[place] ^= 1 << chance.randrange(8)
            case 2:
                del changed[at:]
            case 3:
                del changed[at:until]
            case 4:
                changed[at:at] = changed[at:until] * chance.randint(1, _REPEATS if until - at < 2000 else 2)
            case 5:
                changed[at:at] = chance.choice(_TOKENS)
            case 6:
                changed[at:at] = chance.randbytes(chance.randint(1, 40))
            case _:
                other = chance.choice(others)
                changed[at:] = other[chance.randrange(len(other) + 1) :]
    if chance.random() < 0.05:
        changed = bytearray(gzip.compress(bytes(changed), 1, mtime=0))
        if chance.random() < 0.5:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def generated(count: int, chosen: int) -> list[bytes]:
    """JSON that looks somewhat like articles, by hypothesis."""
    found: list[bytes] = []

    @seed(chosen)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_DOCUMENTS)
    def take(value: Any) -> None:
        with io.BytesIO() as output:
            try:
                output.write(orjson.dumps(value))
            except (TypeError, orjson.JSONEncodeError):
                # Lone surrogates and huge integers: orjson writes none, other producers do.
                import json

                output.write(json.dumps(value).encode())
            found.append(output.getvalue())

    take()
    return found


_TEXTS = st.text(st.characters(), max_size=200)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)
_MOMENTS = st.datetimes().map(str) | st.sampled_from(["2024-04-08", "0001-01-01T00:00:00+14:00", "", "soon"])
_ARTICLES = st.fixed_dictionaries(
    {},
    optional={
        "id": _TEXTS | _VALUES,
        "url": _TEXTS | _VALUES,
        "publisher": _TEXTS | _VALUES,
        "headline": _TEXTS | _VALUES,
        "authors": st.lists(_TEXTS, max_size=3) | _VALUES,
        "published_at": _MOMENTS | _VALUES,
        "body": _TEXTS | _TEXTS | _VALUES,
        "language": st.sampled_from(["en", "EN-us", "xx"]) | _VALUES,
        "revision": st.integers(1, 9) | _VALUES,
        "extra": _VALUES,
        "other": _VALUES,
    },
)
_DOCUMENTS = _ARTICLES | _ARTICLES | st.lists(_ARTICLES | _VALUES, max_size=3) | _VALUES


def _named(data: bytes, number: int) -> bytes:
    """An object of canonical JSON under an id of its own: so that one mutant is no correction of another."""
    if not data.startswith(b"{"):
        return data
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return data
    return orjson.dumps(value | {"id": f"fuzz-{number}", "url": None}) if isinstance(value, dict) else data


def _record(number: int, data: bytes, content_type: str | None, chance: random.Random) -> Raw:
    headers: list[tuple[str, bytes | None]] = [("traceparent", b"00-%032x-%016x-01" % (number + 1, 1))]
    if chance.random() < 0.1:
        content_type = chance.choice(_CONTENT_TYPES)
    if content_type is not None and chance.random() < 0.7:
        headers.append(("content-type", content_type.encode()))
    if chance.random() < 0.05:
        headers.append((chance.choice(["", "content-type", "ce_id", "ünsafe"]), chance.choice([b"", b"\xff\xfe\x00"])))
    key = chance.choice([None, None, f"key-{number}".encode(), chance.randbytes(8), b""])
    if chance.random() < 0.01:
        return Raw(key or b"", None, headers)
    return Raw(key, data, headers)
