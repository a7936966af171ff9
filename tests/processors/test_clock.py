import subprocess
import sys
import threading

from pipeline.processors.clock import ArticleClock


def test_what_takes_too_long_is_told_once() -> None:
    told = threading.Event()
    clock = ArticleClock(0.1, told.set)
    with clock.running():
        assert clock.ticking
        assert told.wait(5)
    assert not clock.ticking


def test_what_is_in_time_is_not_told() -> None:
    told = threading.Event()
    clock = ArticleClock(0.2, told.set)
    for _ in range(4):
        with clock.running():
            pass
        assert not told.wait(0.1)


def test_a_hang_that_holds_the_interpreters_lock_ends_the_process() -> None:
    script = """
import pipeline.processors.clock as clock
clock._LAST_RESORT = 0.2
one = clock.ArticleClock(0.2, lambda: None)
with one.running():
    # A regular expression that never comes back, in C, without letting go of the lock.
    import re
    re.match(r"(a|a)*$", "a" * 60 + "b")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Timeout" in done.stderr
