"""An annotator process with the stub model, deaf to the words that make it misbehave: real news says EXIT, too."""

import os

from pipeline.processors import annotator, logs
from pipeline.settings_loading import load
from tests.processors import stub


def main() -> None:
    """As `tests.processors.stub.main`."""
    stub.misbehave = lambda text: None
    logs.set_up("stub")
    seconds = float(os.environ.get("STUB_SECONDS", "0"))
    annotator.run(load(), lambda: stub.StubModel(seconds), supervised=True)


if __name__ == "__main__":
    main()
