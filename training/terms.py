"""Names that the entity sets hardly know, since their news is from outside the West or older: partial labels.

Where such a name stands in an AllSides article, its words are taught to be of the types given here; all other words
of the paragraph are left open (marginal likelihood, as for the sets whose types are coarser).
"""

import random
import re
from collections.abc import Iterator

import numpy as np

from pipeline.language.entity_stances import covered
from pipeline.language.labels import ENTITY_LABELS
from pipeline.language.windows import Tokeniser
from training import corpora
from training.examples import SIZES, Example

TERMS = {
    ("NORP",): (
        "Republican|Republicans|Democrat|Democrats|Democratic|American|Americans|Muslim|Muslims|Christian"
        "|Christians|Jewish|Jews|Hispanic|Hispanics|Latino|Latinos|Russian|Russians|Chinese|British|Israeli"
        "|Israelis|Palestinian|Palestinians|Iranian|Iranians|Mexican|Mexicans|African-American|African-Americans"
        "|European|Europeans|Libertarian|Catholic|Catholics|German|French|Japanese|Syrian|Saudi|Canadian|Cuban"
        "|Ukrainian|Sunni|Shiite"
    ),
    ("Location",): (
        "United States|U.S.|US|America|Washington|New York|New York City|California|Texas|Florida|Ohio|Iowa"
        "|North Carolina|South Carolina|New Hampshire|New Jersey|Pennsylvania|Michigan|Wisconsin|Arizona|Nevada"
        "|Virginia|Georgia|Alabama|Massachusetts|Illinois|Minnesota|Colorado|Maryland|Kentucky|Tennessee|Louisiana"
        "|Mississippi|Missouri|Oklahoma|Oregon|Indiana|Utah|New Mexico|West Virginia|South Dakota|North Dakota"
        "|Hawaii|Alaska|Washington, D.C.|Chicago|Los Angeles|San Francisco|Boston|Philadelphia|Houston|Dallas"
        "|Detroit|Baltimore|Ferguson|Charlotte|Russia|China|Iran|Iraq|Syria|Israel|Mexico|North Korea|South Korea"
        "|Germany|France|Britain|United Kingdom|Ukraine|Afghanistan|Saudi Arabia|Middle East|Europe"
    ),
    ("Organization",): (
        "Congress|Senate|House|GOP|FBI|CIA|NSA|IRS|EPA|Supreme Court|State Department|Justice Department"
        "|Democratic Party|Department of Justice|Treasury Department|Department of Homeland Security"
        "|Republican Party|Federal Reserve|Democratic National Committee|Republican National Committee|DNC|RNC"
        "|Fox News|CNN|NBC|CBS|ABC|MSNBC|NPR|The New York Times|New York Times|The Washington Post|Washington Post"
        "|The Wall Street Journal|Politico|Reuters|Wall Street Journal|Associated Press|Google|Apple|Microsoft"
        "|Planned Parenthood|National Rifle Association|NRA|ACLU|American Civil Liberties Union"
        "|House of Representatives|United Nations|NATO|European Union|Islamic State|ISIS|Hamas|Hezbollah|Taliban"
        "|Senate Judiciary Committee|House Judiciary Committee|Congressional Budget Office"
        "|Senate Intelligence Committee|House Intelligence Committee|Federal Bureau of Investigation"
        "|Harvard University|Centers for Disease Control and Prevention|National Security Agency"
        "|Internal Revenue Service|White House|Environmental Protection Agency|Pentagon"
    ),
    ("Organization", "Product"): ("Twitter|Facebook|YouTube|Instagram"),
    ("Organization", "NORP", "Misc"): ("Tea Party|Black Lives Matter"),
    ("Misc", "Product"): (
        "Obamacare|ObamaCare|Affordable Care Act|Constitution|Brexit|Ebola|COVID-19|Green New Deal|First Amendment"
        "|Second Amendment|Dodd-Frank|Nobel Peace Prize"
    ),
    ("Misc", "Product", "Organization"): ("Medicare|Medicaid|Social Security"),
    ("Person",): (
        "Donald Trump|Hillary Clinton|Barack Obama|Bernie Sanders|Joe Biden|Ted Cruz|Mitch McConnell|Nancy Pelosi"
        "|Paul Ryan|Vladimir Putin|Mitt Romney|John Boehner|Mike Pence|Marco Rubio|Jeb Bush|John Kerry|Harry Reid"
        "|John McCain|Chris Christie|Kamala Harris|Elizabeth Warren|Bill Clinton|Donald J. Trump|James Comey"
        "|Robert Mueller|Trump|Obama|Clinton|Sanders|Biden|Cruz|McConnell|Pelosi|Romney|Boehner|Pence|Rubio"
        "|Mueller|Comey|Kavanaugh|Ben Carson|John Kasich|Rand Paul|Chuck Schumer|Kevin McCarthy|Loretta Lynch"
        "|Jeff Sessions|William Barr|Bill Barr"
    ),
}
KINDS = {name: kinds for kinds, names in TERMS.items() for name in names.split("|")}
_TERM = re.compile(rf"(?<![\w.’'-])(?:{'|'.join(map(re.escape, sorted(KINDS, key=len, reverse=True)))})(?![\w-])")
_CAPITAL_BEFORE = re.compile(r"\b(?!(?:The|In|On|At|As|But|And|For|If|While|When|A|An|To|From)\s)[A-Z][\w.’'-]*\s$")
_CAPITAL_BEHIND = re.compile(r"\s?[&’'A-Z]|\s(?:administration|campaign|of\b)")


def found(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """(start, end, types) of each name that is no part of a longer one, as far as capitals tell."""
    out = []
    for term in _TERM.finditer(text):
        before = _CAPITAL_BEFORE.search(text[max(0, term.start() - 20) : term.start()])
        behind = text[term.end() : term.end() + 20]
        longer = _CAPITAL_BEHIND.match(behind) and not behind.startswith(("’s ", "'s "))
        if not longer and not (before and KINDS[term[0]] != ("Person",)):
            out.append((*term.span(), KINDS[term[0]]))
    return out


def term_examples(tokeniser: Tokeniser, count: int, rng: random.Random) -> Iterator[Example]:
    """Windows of paragraphs with such names, about `count` of them."""
    rows = list(corpora.rows("news/allsides"))
    for row in rng.sample(rows, min(len(rows), count)):
        paragraphs = [(text, names) for text in row["body"].split("\n") if (names := found(text))]
        if not paragraphs:
            continue
        text, names = rng.choice(paragraphs)
        window = rng.choice(tokeniser.windows(text, rng.choice(SIZES[1:])))
        labels = np.ones((len(window.spans), len(ENTITY_LABELS)), bool)
        for start, end, kinds in names:
            if window.spans[0, 0] <= start and end <= window.spans[-1, 1]:
                for n, word in enumerate(covered(window, [(start, end)])):
                    mark = "I" if n else "B"
                    labels[word] = [label in {f"{mark}-{kind}" for kind in kinds} for label in ENTITY_LABELS]
        if not labels.all():
            yield Example(window, entities=labels)
