"""A model for tests, and an annotator process that runs it: `python -m tests.processors.stub`.

It finds entities (every capitalised word) and claims (every sentence `Somebody says something.`). Words in the text
make it misbehave: RAISE, EXIT, HANG, SLOW, as tests need.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import EmptyArticle
from pipeline.ids import claim_id, entity_id
from pipeline.records import (
    AnnotatedArticle,
    Annotator,
    Article,
    ArticleRef,
    Claim,
    Content,
    Cue,
    Entity,
    Mention,
    Source,
)

ANNOTATOR = Annotator("0-stub", {"tokens": "sha256:00"})
_CLAIM = re.compile(r"(\w+) (says|denies) ([^.]+)\.")
_ENTITY = re.compile(r"\b[A-Z][a-z]+\b")


class StubModel:
    """Deterministic, and as fast as `seconds` for each article says."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.annotator = ANNOTATOR

    def annotate(self, articles: Sequence[Article]) -> list[AnnotatedArticle]:
        """As `pipeline.language.Model`."""
        return [self._annotate(article) for article in articles]

    def _annotate(self, article: Article) -> AnnotatedArticle:
        text = article.text
        time.sleep(self.seconds)
        misbehave(text)
        seen: Counter[str] = Counter()
        claims = []
        for match in _CLAIM.finditer(text):
            source, cue, content = match.groups()
            identity = claim_id(article.id, content=content, source=source, cue=cue, occurrence=seen[match.group()])
            seen[match.group()] += 1
            claims.append(
                Claim(
                    identity,
                    ArticleRef.of(article),
                    Source(source, (match.span(1),), source, "person", None),
                    Cue(cue, (match.span(2),)),
                    Content(content, (match.span(3),), "indirect", cue == "denies"),
                    (),
                    (),
                    0.9,
                    ANNOTATOR,
                )
            )
        names: dict[str, list[Mention]] = {}
        for match in _ENTITY.finditer(text):
            names.setdefault(match.group(), []).append(Mention(match.group(), match.span()))
        entities = tuple(
            Entity(entity_id(name, "Misc"), name, "Misc", tuple(mentions)) for name, mentions in names.items()
        )
        return AnnotatedArticle(
            id=article.id,
            url=article.url,
            publisher=article.publisher,
            headline=article.headline,
            authors=article.authors,
            published_at=article.published_at,
            language=article.language,
            revision=article.revision,
            extra=article.extra,
            text=text,
            entities=entities,
            claims=tuple(claims),
            annotator=ANNOTATOR,
        )


def misbehave(text: str) -> None:
    """Does what a word of the text asks for, unless STUB_CALM is set."""
    if "STUB_CALM" in os.environ:
        return
    if "EXIT" in text:
        os._exit(9)
    if "HANG" in text:
        time.sleep(3600)
    if "RAISE" in text:
        raise ValueError(f"the model failed on: {text}")
    if "REFUSE" in text:
        raise EmptyArticle
    if "SLOW" in text:
        time.sleep(1)


def _write_spans(file: Path) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    exporter = ConsoleSpanExporter(out=file.open("a"), formatter=lambda span: span.to_json(indent=None) + "\n")
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def main() -> None:
    """An annotator with the stub, its settings from the environment. STUB_SECONDS: of work for each article;
    STUB_RUN: the replay run that it works for; STUB_SPANS: a file for its spans, one JSON object a line."""
    from pipeline.processors import annotator, logs
    from pipeline.settings_loading import load
    from pipeline.wire import tracing

    settings = load()
    logs.set_up("stub", form=settings.telemetry.log_format)
    if "STUB_SPANS" in os.environ:
        _write_spans(Path(os.environ["STUB_SPANS"]))
    tracing.set_up(settings.telemetry, "annotator")
    seconds = float(os.environ.get("STUB_SECONDS", "0"))
    run = os.environ.get("STUB_RUN")
    annotator.run(settings, lambda: StubModel(seconds), run=run, supervised="STUB_SUPERVISED" in os.environ)


if __name__ == "__main__":
    main()
