"""What a claim is about: so that only claims which can concern the same thing are compared.

"There is no progress yet" names nothing; what it is about is said by its article. So beside the entities that a claim
names, the few that its article is about count too: those of its headline, and those it names most often.
"""

from collections.abc import Sequence

from pipeline.records import AnnotatedArticle, Claim, EntityRef

SUBJECTS = frozenset({"Person", "Organization", "Location", "Facility", "NORP", "Product", "Misc"})
SALIENT = 4
# A name in the headline weighs as much as so many in the body.
HEADLINE = 3


def subjects(article: AnnotatedArticle) -> tuple[EntityRef, ...]:
    """The entities that the article is about, at most SALIENT, the weightiest first."""
    headline = len(article.headline or "")
    weights = {
        entity.id: sum(HEADLINE if mention.span[1] <= headline else 1 for mention in entity.mentions)
        for entity in article.entities
        if entity.type in SUBJECTS
    }
    # The order of `entities`, that of the text, decides between equals.
    chosen = sorted(weights, key=lambda one: -weights[one])[:SALIENT]
    by_id = {entity.id: entity for entity in article.entities}
    return tuple(EntityRef(one, by_id[one].name, by_id[one].type) for one in chosen)


def about(claim: Claim, subjects: Sequence[EntityRef]) -> tuple[EntityRef, ...]:
    """What `claim` names and what its article is about, each once."""
    named = [entity for entity in claim.entities if entity.type in SUBJECTS]
    return tuple({entity.id: entity for entity in (*named, *subjects)}.values())
