"""Every benchmark, one after the other: `make bench`."""

import subprocess
import sys

MODULES = ("benchmarks.offline", "benchmarks.delivery", "benchmarks.view", "benchmarks.rebuild")

if __name__ == "__main__":
    # A process each: what one leaves in memory is no part of the next one's figures.
    sys.exit(max(subprocess.run([sys.executable, "-m", module], check=False).returncode for module in MODULES))
