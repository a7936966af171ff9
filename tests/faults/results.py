"""Results of runs, kept between calls of the command, so that it goes on where it was stopped."""

import hashlib
import json
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.birth import REPOSITORY
from tests.faults.run import Outcome, Scenario

FOLDER = REPOSITORY / "build" / "reliability"
_SOURCES = ("pipeline/*.py", "pipeline/wire/**/*.py", "pipeline/processors/**/*.py")
_SUITE = (
    "annotators", "articles", "birth", "brokers", "disk", "feed", "proxy", "reading", "run", "scenarios", "verifier"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One run. `number`: from 1, within its scenario; `faults`: how often it was hurt.

    `source`: which program was hurt (see `fingerprint`); `commit`: about the same, for people.
    """

    scenario: str
    number: int
    faults: int
    source: str
    commit: str
    when: str
    seconds: float
    articles: int
    lost: int
    doubled: int
    out_of_order: int
    orphaned: int
    dead_letters: int
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario, number: int, source: str, commit: str, outcome: Outcome) -> "Row":
        """From what a run came to."""
        verdict = outcome.verdict
        return cls(
            scenario.name,
            number,
            scenario.each,
            source,
            commit,
            datetime.now(UTC).isoformat(timespec="seconds"),
            round(outcome.seconds, 1),
            outcome.articles,
            verdict.lost,
            verdict.doubled,
            verdict.out_of_order,
            verdict.orphaned,
            verdict.dead_letters,
            [*outcome.wrong, *verdict.problems],
            outcome.notes,
        )

    @property
    def good(self) -> bool:
        """Whether nothing was wrong."""
        counts = self.lost + self.doubled + self.out_of_order + self.orphaned + self.dead_letters
        return counts == 0 and not self.wrong


class Results:
    """Rows in a file of JSON lines."""

    def __init__(self, path: Path = FOLDER / "faults.jsonl") -> None:
        self._path = path

    def read(self, source: str) -> list[Row]:
        """The last row of each run of this program, in the order in which they were run."""
        rows: dict[tuple[str, int], Row] = {}
        lines = self._path.read_text("utf-8").splitlines() if self._path.exists() else []
        for line in lines:
            row = Row(**json.loads(line))
            if row.source == source:
                rows.pop((row.scenario, row.number), None)
                rows[row.scenario, row.number] = row
        return list(rows.values())

    def add(self, row: Row) -> None:
        """Keeps a row."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def clear(self) -> None:
        """Forgets all."""
        self._path.unlink(missing_ok=True)


def keep(name: str, result: dict[str, Any]) -> None:
    """Keeps the result of another command (`fuzz`, `soak-…`) for the report."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")


def kept(name: str) -> dict[str, Any] | None:
    """That result, or None."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def commit() -> str:
    """The commit that is checked out, "unknown" outside a repository."""
    git = ["git", "-C", str(REPOSITORY)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        # The page that the suite writes is no change of the program.
        changed = subprocess.run(
            [*git, "status", "--porcelain", "pipeline"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"commit {head.stdout.strip()}" + (" and changes" if changed.stdout else "")


def fingerprint() -> str:
    """Of the sources that the suite puts to the test, and its own: results of other sources say nothing about these."""
    sha = hashlib.sha256()
    paths = {path for pattern in _SOURCES for path in REPOSITORY.glob(pattern)}
    for path in sorted(paths | {REPOSITORY / "tests" / "faults" / f"{name}.py" for name in _SUITE}):
        sha.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:12]
