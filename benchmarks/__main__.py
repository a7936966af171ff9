"""Every benchmark, one after the other, and one table of all: `make bench`. About an hour; `--short`: ten minutes.

Figures are put into build/bench.json by each as it ends, and the table into build/bench.md at the end, also where one
failed or Ctrl-C came between: then with what there is. Run it on a machine that does nothing else.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.figures import FILE, read
from benchmarks.report import write
from benchmarks.rounds import say

# Each with what makes it short: enough to see that it works, too little to believe its figures.
SHORT: dict[str, tuple[str, ...]] = {
    "offline": ("--articles", "8", "--rounds", "2"),
    "peers": ("--articles", "4", "--rounds", "2", "--corenlp-articles", "1"),
    "peak": ("--articles", "4", "--rounds", "2", "--seconds", "0.5"),
    "runtimes": ("--articles", "2", "--rounds", "1", "--calibration", "20"),
    "workers": ("--articles", "48", "--rounds", "1", "--queued", "60", "150"),
    "latency": ("--articles", "40", "--rounds", "1"),
    "stages": ("--articles", "40", "--rounds", "1"),
    "window": ("--sizes", "200", "400", "--claims", "50"),
    "delivery": ("--articles", "200", "--rounds", "1", "--queued", "300"),
    "view": ("--claims", "2000", "--seconds", "0.5"),
    "rebuild": ("--claims", "2000"),
}
_PATIENCE = 60.0  # seconds for one to clean up after Ctrl-C


def run(name: str, options: Sequence[str]) -> int:
    """One benchmark in a process of its own: what one leaves in memory is no part of the next one's figures.

    The code that it ended with. On Ctrl-C it hears of it too, and is waited for while it stops what it has started.
    """
    process = subprocess.Popen([sys.executable, "-m", f"benchmarks.{name}", *options])
    try:
        return process.wait()
    except KeyboardInterrupt:
        try:
            process.wait(_PATIENCE)
        finally:
            process.kill()
            process.wait()
        raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="tiny rounds: to see that all of it works")
    parser.add_argument("--only", default="", metavar="NAME,…", help=f"some of {', '.join(SHORT)}")
    args = parser.parse_args()
    chosen = args.only.split(",") if args.only else list(SHORT)
    if unknown := set(chosen) - set(SHORT):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if not args.only:
        FILE.unlink(missing_ok=True)  # figures of another day are none of this table
    began, failed = time.monotonic(), []
    try:
        for number, name in enumerate(chosen, 1):
            say("bench", f"{name}, {number} of {len(chosen)}, after {(time.monotonic() - began) / 60:.0f} min")
            if run(name, SHORT[name] if args.short else ()):
                failed.append(name)
    except KeyboardInterrupt:
        failed.append("all that was to come, since Ctrl-C")
    write(read())
    if failed:
        say("bench", f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
