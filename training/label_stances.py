"""A teacher for the stance head: the pair model judges the claims of real articles.

`python -m training.label_stances --out build/stances.jsonl` writes one object a line, an article with the pairs that
were judged: spans of source, cue, content and target in code points of the text, and the probabilities of
`labels.STANCES`. Only for training: the file holds the articles' texts.
"""

from collections.abc import Sequence
from typing import IO, Any

import click
import orjson

from pipeline.language.annotating import inside
from pipeline.language.loading import stance_judge
from pipeline.language.model import Model
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.language.token_model import Floats
from pipeline.records import AnnotatedArticle, Article
from pipeline.settings import LanguageSettings
from training import corpora

CORPUS = "news/allsides"


class Noted:
    """A judge whose answers are kept, in the order in which they were asked for."""

    def __init__(self, judge: StanceJudge) -> None:
        self._judge = judge
        self.digest = judge.digest
        self.answers: list[list[float]] = []

    def __call__(self, questions: Sequence[Question]) -> Floats:
        """As the judge's own."""
        answers = self._judge(questions)
        self.answers += answers.tolist()
        return answers


def labelled(annotated: AnnotatedArticle, answers: Sequence[Sequence[float]]) -> dict[str, Any]:
    """An article with its pairs; `answers` in the order of the claims' stances."""
    pairs, left = [], iter(answers)
    for claim in annotated.claims:
        mentions = {entity.id: mention.span for entity, mention in inside(claim.content.spans, annotated.entities)}
        spans = {"source": claim.source.spans[:1], "cue": claim.cue.spans[:1], "content": claim.content.spans}
        pairs += [
            {**spans, "target": mentions[stance.target.id], "stance": [round(p, 4) for p in next(left)]}
            for stance in claim.stances
        ]
    return {"text": annotated.text, "pairs": pairs}


@click.command(epilog="Example: python -m training.label_stances --articles 500 --out build/stances.jsonl")
@click.option("--articles", type=click.IntRange(1), default=800, show_default=True, help="From the whole period.")
@click.option("--out", type=click.File("wb"), required=True)
def main(articles: int, out: IO[bytes]) -> None:
    """Write articles with the stances that the pair model finds in them."""
    settings = LanguageSettings()
    noted = Noted(stance_judge(settings))
    model = Model.load(settings)
    model.stance = noted
    rows = list(corpora.rows(CORPUS))
    with click.progressbar(rows[:: max(1, len(rows) // articles)][:articles], label="articles") as chosen:
        for row in chosen:
            noted.answers.clear()
            (annotated,) = model.annotate([Article(id=row["id"], headline=row["headline"], body=row["body"])])
            out.write(orjson.dumps(labelled(annotated, noted.answers)) + b"\n")


if __name__ == "__main__":
    main()
