"""`claimwire export`."""

from collections.abc import Iterable

import click
import orjson

from pipeline.cli.reading import report
from pipeline.errors import UndecodableRecord
from pipeline.exports import VOCABULARIES, exportables


@click.command(epilog="Example: claimwire annotate story.txt | claimwire export --as schema-org")
@click.option("--as", "vocabulary", type=click.Choice(list(VOCABULARIES)), required=True, help="The vocabulary.")
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE|-]")
def export(vocabulary: str, file: Iterable[bytes]) -> None:
    """Write claims as W3C Web Annotations or schema.org Claims, one JSON-LD object a line.

    Reads annotated articles or claims as JSON lines: what `claimwire annotate` and `claimwire subscribe claims` print.
    Annotated articles give more: the words around a quotation, and the language. Standard error gets one line of JSON
    for each line that is neither, and the exit code is 1 then.
    """
    output = click.get_binary_stream("stdout")
    write = VOCABULARIES[vocabulary]
    refused = False
    for found in exportables(file):
        if isinstance(found, UndecodableRecord):
            refused = True
            report(_name(file), found)
        else:
            output.write(orjson.dumps(write(found)) + b"\n")
            output.flush()
    if refused:
        raise click.exceptions.Exit(1)


def _name(file: object) -> str:
    """The path as it was given: standard input calls itself something else."""
    name = getattr(file, "name", "-")
    return "-" if name == "<stdin>" else str(name)
