"""Claims to export: the published example, and what is hard about others."""

from dataclasses import replace

from pipeline.exports import Exportable
from pipeline.records import Content, Cue, Source
from schemas.examples import ANNOTATED, CLAIM

__all__ = ["ANNOTATED", "CLAIM", "FOUND", "SPLIT"]

SPLIT = replace(CLAIM, content=Content("No progress … disagree over", ((0, 11), (16, 29)), "mixed"))
UNNAMED = replace(CLAIM, source=Source("officials", ((3, 12),), None, "unnamed", None))
NOBODY = replace(CLAIM, source=Source("", (), None, "none", None), cue=Cue("", ()), entities=(), stances=())
ORGANISATION = replace(CLAIM, source=replace(CLAIM.source, name="Nordhaven Lines", kind="organisation"))
DOCUMENT = replace(CLAIM, source=replace(CLAIM.source, name="Harbour Report", kind="document"))
HOMELESS = replace(CLAIM, article=replace(CLAIM.article, id="a b/ü", url='javascript:alert("x")', publisher=None))

FOUND: dict[str, Exportable] = {
    "in its article": Exportable(CLAIM, ANNOTATED.text, ANNOTATED.language),
    "alone": Exportable(CLAIM),
    "split": Exportable(SPLIT),
    "unnamed": Exportable(UNNAMED),
    "nobody": Exportable(NOBODY),
    "organisation": Exportable(ORGANISATION),
    "document": Exportable(DOCUMENT),
    "homeless": Exportable(HOMELESS),
}
