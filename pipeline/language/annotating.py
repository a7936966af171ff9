"""One article -> its annotations: the page of plain steps."""

from collections import Counter
from collections.abc import Sequence

from pipeline.ids import claim_id
from pipeline.language.attributions import Attribution
from pipeline.language.denial import denied
from pipeline.language.entity_stances import Judged
from pipeline.language.labels import STANCES
from pipeline.language.quotes import Span, form
from pipeline.language.speakers import Speaker, Speakers
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats
from pipeline.records import (
    Annotator,
    Article,
    ArticleRef,
    Claim,
    Content,
    Cue,
    Entity,
    EntityRef,
    Mention,
    Source,
    StanceLabel,
    StanceTarget,
)

# What one can be for or against.
TARGETS = frozenset({"Person", "Organization", "Location", "Facility", "NORP", "Product", "Misc"})
# Longer stretches are judged by the content alone: the model reads some 250 word pieces.
MAX_CONTEXT = 1000


def joined(text: str, spans: Sequence[Span]) -> str:
    """The words of several spans, as one text."""
    return " … ".join(text[start:end] for start, end in spans)


def claims(
    article: Article,
    text: str,
    found: Sequence[Attribution],
    entities: Sequence[Entity],
    quoted: Sequence[Span],
    annotator: Annotator,
) -> list[Claim]:
    """Attributions as claims, in the order of the text, their stances still open."""
    speakers = Speakers(text, entities)
    reference = ArticleRef.of(article)
    seen: Counter[tuple[str, str, str]] = Counter()
    out = []
    for attribution in found:
        source = text[slice(*attribution.source)] if attribution.source else ""
        cue = text[slice(*attribution.cue)] if attribution.cue else ""
        content = joined(text, attribution.content)
        anchor = attribution.cue or attribution.content[0]
        speaker: Speaker = speakers.resolve(source, attribution.source, text.count("\n", 0, anchor[0]))
        words = (content, source, cue)
        said = form(attribution.content, quoted)
        out.append(
            Claim(
                id=claim_id(article.id, content=content, source=source, cue=cue, occurrence=seen[words]),
                article=reference,
                source=Source(
                    source,
                    (attribution.source,) if attribution.source else (),
                    speaker.name,
                    speaker.kind,
                    speaker.entity,
                ),
                cue=Cue(cue, (attribution.cue,) if attribution.cue else ()),
                content=Content(content, attribution.content, said, denied(cue, content, said)),
                entities=tuple(EntityRef(e.id, e.name, e.type) for e, _ in inside(attribution.content, entities)),
                stances=(),
                confidence=round(attribution.confidence, 4),
                annotator=annotator,
            )
        )
        seen[words] += 1
    return out


def inside(spans: Sequence[Span], entities: Sequence[Entity]) -> list[tuple[Entity, Mention]]:
    """The entities mentioned within spans, each with its first mention there."""
    found = []
    for entity in entities:
        for mention in entity.mentions:
            if any(s <= mention.span[0] and mention.span[1] <= e for s, e in spans):
                found.append((entity, mention))
                break
    return found


def judged(found: Sequence[Attribution], made: Sequence[Claim], entities: Sequence[Entity]) -> list[Judged]:
    """What to judge: each source's stance toward every entity in its claim that is not itself."""
    return [
        Judged(n, attribution, mention, StanceTarget("entity", entity.id, entity.name))
        for n, (attribution, claim) in enumerate(zip(found, made, strict=True))
        for entity, mention in inside(attribution.content, entities)
        if entity.type in TARGETS and entity.id != claim.source.entity
    ]


def question(text: str, one: Judged) -> Question:
    """The same for a model that reads a text and a target."""
    attribution = one.attribution
    context = text[attribution.start : attribution.end]
    if attribution.cue is None or len(context) > MAX_CONTEXT:
        context = joined(text, attribution.content)
    source = text[slice(*attribution.source)] if attribution.source else None
    return Question(context, one.mention.text, source)


def stances(asked: Sequence[Judged], answers: Floats) -> dict[int, tuple[StanceLabel, ...]]:
    """Probabilities (judged, 3) as labels, by claim."""
    out: dict[int, tuple[StanceLabel, ...]] = {}
    for one, answer in zip(asked, answers, strict=True):
        best = int(answer.argmax())
        confidence = round(min(1.0, float(answer[best])), 4)
        out[one.claim] = (*out.get(one.claim, ()), StanceLabel(one.target, STANCES[best], confidence))
    return out
