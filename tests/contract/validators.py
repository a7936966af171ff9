"""JSON Schema validators for the committed schemas. Formats are checked too."""

from typing import Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker

from schemas.files import FOLDER
from schemas.record_schemas import file_name

# Without its library jsonschema passes over a format: rfc3339-validator has to be here.
FORMATS = FormatChecker(["date-time"])


def validator(record: type) -> Draft202012Validator:
    """The validator of a record, from the file that users get."""
    return of_schema(orjson.loads((FOLDER / file_name(record)).read_bytes()))


def of_schema(schema: dict[str, Any]) -> Draft202012Validator:
    """The validator of a schema that itself is valid."""
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)
