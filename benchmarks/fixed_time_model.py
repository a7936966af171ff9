"""An annotator whose model takes a fixed time: `python -m benchmarks.fixed_time_model SECONDS`. What is left is the
wire.

Each article has some ten claims and five entities, as a news article has.
"""

import sys
import time
from collections.abc import Sequence

from pipeline.ids import claim_id, entity_id
from pipeline.processors import annotator, logs
from pipeline.records import (
    AnnotatedArticle,
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
)
from pipeline.settings_loading import load

CLAIMS = 10
ENTITIES = 5
ANNOTATOR = Annotator("0-benchmark", {})


class FixedTimeModel:
    """Sleeps `seconds` for each article, as a model does that runs on another core."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def annotate(self, articles: Sequence[Article]) -> list[AnnotatedArticle]:
        """As `pipeline.language.Model`."""
        return [self._annotate(article) for article in articles]

    def _annotate(self, article: Article) -> AnnotatedArticle:
        time.sleep(self.seconds)
        text = article.text
        names = [f"Name {number}" for number in range(ENTITIES)]
        entities = tuple(
            Entity(entity_id(name, "Person"), name, "Person", (Mention(name, (0, 6)),) * 3) for name in names
        )
        claims = tuple(
            Claim(
                claim_id(article.id, content=text[n : n + 80], source=names[0], cue="said", occurrence=n),
                ArticleRef.of(article),
                Source(names[0], ((0, 6),), names[0], "person", entities[0].id),
                Cue("said", ((7, 11),)),
                Content(text[n : n + 80], ((n, n + 80),), "indirect"),
                (EntityRef(entities[1].id, names[1], "Person"),),
                (),
                0.9,
                ANNOTATOR,
            )
            for n in range(CLAIMS)
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
            claims=claims,
            annotator=ANNOTATOR,
        )


if __name__ == "__main__":
    logs.set_up("benchmark")
    annotator.run(load(), lambda: FixedTimeModel(float(sys.argv[1])))
