"""Entities: nine types on news that the model has not seen, and mapped to the four of CoNLL-2003."""

from rich.console import Console
from rich.progress import track

from pipeline.language import Model
from pipeline.records import Article
from training import corpora
from training.evaluation.errors import Errors, entity_errors
from training.evaluation.figures import Figure, figure
from training.evaluation.scorers import scorer

SETS = (("worldwide_newswire.dev", "native"), ("conll2003.dev", "conll"))


def entities(model: Model) -> tuple[list[Figure], Errors]:
    """F1 over exact mentions with their types."""
    figures: list[Figure] = []
    errors: Errors = {}
    score = scorer("score_entities")
    for name, scheme in SETS:
        counts = []
        texts = score.documents(list(corpora.rows(f"ner/{name}")))
        for document, (text, gold) in track(texts.items(), description=name, console=Console(stderr=True)):
            (annotated,) = model.annotate([Article(id=document, body=text, language="en")])
            kinds = [{"type": e.type, "mentions": [{"span": m.span} for m in e.mentions]} for e in annotated.entities]
            found = set(score.mentions({"entities": kinds}, scheme))
            counts.append((len(gold & found), len(found), len(gold)))
            if scheme == "native":
                entity_errors(errors, document, text, gold, found)
        figures.append(figure(f"entities {name}, F1", counts))
    return figures, errors
