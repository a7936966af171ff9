"""Which first names go with he and which with she: `python -m training.train_first_names`.

From the AllSides and Wikinews articles: a full name, and the first pronoun after it in its paragraph before another
name (after Bergsma and Lin 2006, "Bootstrapping path-based pronoun resolution"). That is right often, not always, and
most people in the news are men; so the names that lean clearly teach a logistic regression over the pretrained
encoder's vectors of single words, which also judges the names that are seen too seldom. Writes a list of words.
"""

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from pipeline.language.gender import PATH, PRONOUNS
from pipeline.language.windows import Tokeniser
from training import corpora
from training.encoder import pretrained

NAME = re.compile(r"\b([A-Z][a-z]+(?:-[A-Z][a-z]+)?)\s(?:[A-Z]\.\s)?((?:Mc|Mac|O['’])?[A-Z][a-z]+(?:-[A-Z][a-z]+)?)\b")
WORD = re.compile(r"[a-z]+", re.IGNORECASE)
REACH = 250  # code points from a name to its pronoun
WOMAN, MAN = 0.5, 0.15  # shares of "she" from and up to which a name leans clearly; a fifth of all pronouns are "she"


def clues(text: str) -> Iterator[tuple[str, str, str]]:
    """(first name, last name, pronoun) for each name of a text that one follows."""
    for paragraph in text.split("\n"):
        names = list(NAME.finditer(paragraph))
        ends = [*(name.start() for name in names), len(paragraph)][1:]
        for name, end in zip(names, ends, strict=False):
            words = WORD.findall(paragraph[name.end() : min(end, name.end() + REACH)])
            pronoun = next((PRONOUNS[w.casefold()] for w in words if w.casefold() in PRONOUNS), None)
            if pronoun:
                yield name[1].casefold(), name[2], pronoun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=int, default=3, help="people and articles that a name must have been seen in")
    parser.add_argument("--sure", type=float, default=0.9, help="probability from which a name is kept")
    args = parser.parse_args()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    surnames: defaultdict[str, set[str]] = defaultdict(set)
    capital, small = Counter[str](), Counter[str]()
    for name in ("news/allsides", "news/wikinews"):
        for row in corpora.rows(name):
            for word in WORD.findall(row["body"]):
                (capital if word[0].isupper() else small)[word.casefold()] += 1
            # A person counts once an article: famous ones would outvote their namesakes.
            for first, last, pronoun in set(clues(row["body"])):
                counts[first][pronoun] += 1
                surnames[first].add(last)
    tokeniser = Tokeniser(pretrained() / "tokenizer.json")
    (words,) = (
        v for k, v in load_file(pretrained() / "model.safetensors").items() if k.endswith("word_embeddings.weight")
    )
    seen, vectors, shares, weights = [], [], [], []
    for first, each in sorted(counts.items()):
        pieces = tokeniser.windows(first, 16)[0].ids[1:-1]
        if len(pieces) == 1 and len(surnames[first]) > 1 and small[first] < 0.05 * capital[first]:
            vector = words[pieces[0]]
            seen.append(first)
            vectors.append(vector / np.linalg.norm(vector))
            shares.append(each["she"] / each.total())
            weights.append(each.total())
    share, weight, table = np.array(shares), np.array(weights), np.array(vectors)
    clear = (weight >= args.least) & ((share >= WOMAN) | (share <= MAN))
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    teach, woman = table[clear], share[clear] >= WOMAN
    agreed = np.mean(cross_val_predict(model, teach, woman, cv=10) == woman)
    print(f"{len(teach)} names that lean clearly; the words' vectors agree on {agreed:.1%}")
    # The commonest names would outvote all others.
    she = model.fit(teach, woman, sample_weight=np.minimum(weight[clear], 20)).predict_proba(table)[:, 1]
    names = {"she": [n for n, p in zip(seen, she, strict=True) if p >= args.sure]}
    names["he"] = [n for n, p in zip(seen, she, strict=True) if p <= 1 - args.sure]
    PATH.write_text(json.dumps({gender: " ".join(each) for gender, each in names.items()}, indent=0) + "\n")
    print(", ".join(f"{len(each)} with {gender}" for gender, each in names.items()), f"-> {PATH}")


if __name__ == "__main__":
    main()
