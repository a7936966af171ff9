import orjson

from pipeline.errors import UndecodableRecord
from pipeline.exports import Exportable, exportables
from pipeline.wire.codec import encode
from tests.exports.samples import ANNOTATED, CLAIM


def test_articles_and_claims_in_any_mixture() -> None:
    found = list(exportables([encode(CLAIM) + b"\n", b"\n", encode(ANNOTATED)]))
    assert found == [
        Exportable(CLAIM),
        *(Exportable(claim, ANNOTATED.text, "en") for claim in ANNOTATED.claims),
    ]


def test_a_line_that_is_neither_does_not_stop_the_others() -> None:
    broken = orjson.dumps({**orjson.loads(encode(ANNOTATED)), "claims": [{}]})
    first, second, third, fourth = exportables([b"{", broken, b"[]", encode(CLAIM)])
    for number, found in enumerate((first, second, third), 1):
        assert isinstance(found, UndecodableRecord)
        assert found.item == number
    assert fourth == Exportable(CLAIM)
