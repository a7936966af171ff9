"""Claims in vocabularies that other people's tools read: one file per vocabulary. Pure: a claim in, JSON values out.

`VOCABULARIES`: by the name that `claimwire export --as` takes.
"""

from pipeline.exports.reading import Exportable, exportables
from pipeline.exports.schema_org import schema_org_claim
from pipeline.exports.web_annotation import web_annotation

VOCABULARIES = {"web-annotation": web_annotation, "schema-org": schema_org_claim}

__all__ = ["VOCABULARIES", "Exportable", "exportables"]
