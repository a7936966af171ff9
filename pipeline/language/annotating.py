"""One article -> its annotations: the page of plain steps."""

from collections import Counter
from collections.abc import Sequence

from pipeline.ids import claim_id
from pipeline.language.attributions import Attribution
from pipeline.language.labels import STANCES
from pipeline.language.quotes import Span, form
from pipeline.language.speakers import Speaker, Speakers
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.records import (
    Annotator,
    Article,
    ArticleRef,
    Claim,
    Content,
    Cue,
    Entity,
    EntityRef,
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
                content=Content(content, attribution.content, form(attribution.content, quoted)),
                entities=tuple(EntityRef(e.id, e.name, e.type) for e, _ in inside(attribution.content, entities)),
                stances=(),
                confidence=round(attribution.confidence, 4),
                annotator=annotator,
            )
        )
        seen[words] += 1
    return out


def inside(spans: Sequence[Span], entities: Sequence[Entity]) -> list[tuple[Entity, str]]:
    """The entities mentioned within spans, each with how it is first named there."""
    found = []
    for entity in entities:
        for mention in entity.mentions:
            if any(s <= mention.span[0] and mention.span[1] <= e for s, e in spans):
                found.append((entity, mention.text))
                break
    return found


def questions(
    text: str, found: Sequence[Attribution], made: Sequence[Claim], entities: Sequence[Entity]
) -> list[tuple[int, Question, StanceTarget]]:
    """(claim, what to ask, about which entity) for every entity in a claim that is not its own source."""
    out = []
    for n, (attribution, claim) in enumerate(zip(found, made, strict=True)):
        context = text[attribution.start : attribution.end]
        if attribution.cue is None or len(context) > MAX_CONTEXT:
            context = claim.content.text
        for entity, mention in inside(attribution.content, entities):
            if entity.type in TARGETS and entity.id != claim.source.entity:
                question = Question(context, mention, claim.source.text or None)
                out.append((n, question, StanceTarget("entity", entity.id, entity.name)))
    return out


def stances(
    asked: Sequence[tuple[int, Question, StanceTarget]], judge: StanceJudge
) -> dict[int, tuple[StanceLabel, ...]]:
    """The answers, by claim."""
    out: dict[int, tuple[StanceLabel, ...]] = {}
    if asked:
        answers = judge([question for _, question, _ in asked])
        for (n, _, target), answer in zip(asked, answers, strict=True):
            best = int(answer.argmax())
            confidence = round(min(1.0, float(answer[best])), 4)
            out[n] = (*out.get(n, ()), StanceLabel(target, STANCES[best], confidence))
    return out
