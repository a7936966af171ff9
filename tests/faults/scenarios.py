"""The table: what is hurt, how, and how often."""

import signal
import time
from collections.abc import Sequence
from functools import partial

from pipeline.processors.endings import Ending
from pipeline.topics import ARTICLES_ANNOTATED, TOPICS
from tests.faults import disk
from tests.faults.annotators import Annotator
from tests.faults.run import Run, Scenario

STOP_SECONDS = 10.0
_UNREACHABLE_SECONDS = 30.0
_DOWN_SECONDS = 5.0
_IN_TRANSACTION = ("transaction.sent", "transaction.offsets-sent")


def kill_in_batch(run: Run) -> None:
    """SIGKILL at any moment; a new process follows."""
    run.under_way()
    run.fleet.running[-1].kill()


def kill_at(run: Run, points: Sequence[str] = _IN_TRANSACTION) -> None:
    """SIGKILL inside a transaction: after the sends, or after the offsets as well."""
    point = run.chance.choice(points)
    victim = _replace_with_faulty(run, f"{point}=kill@{run.chance.randint(5, 9)}")
    run.until(lambda: victim.code is not None, f"the annotator is killed at {point}")
    run.expect(victim.code == -signal.SIGKILL, f"the annotator ended with {victim.code}, not by the fault at {point}")
    run.notes.append(point)


def join(run: Run) -> None:
    """A second annotator comes."""
    run.under_way(0.05, 0.2)
    second = run.fleet.start()
    run.until(lambda: second.joined, "the second annotator has joined")
    run.expect(run.left > 0, "all was done before the second annotator came")


def leave(run: Run) -> None:
    """A second annotator goes (SIGTERM)."""
    second = _second(run)
    second.send(signal.SIGTERM)
    run.until(lambda: second.code is not None, "the second annotator has gone")
    run.expect(second.code == Ending.STOPPED, f"the second annotator ended with {second.code}")


def killed(run: Run) -> None:
    """A second annotator dies (SIGKILL), and nobody takes its place."""
    _second(run).kill()


def zombie(run: Run) -> None:
    """A process freezes inside a transaction, is taken for dead, and wakes up while another has its partitions."""
    point = run.chance.choice(_IN_TRANSACTION)
    sleeper = _replace_with_faulty(run, f"{point}=freeze@{run.chance.randint(5, 9)}")
    run.until(lambda: sleeper.frozen, f"the annotator is frozen at {point}")
    other = run.fleet.start()
    before = run.left
    run.until(lambda: other.joined and run.left < before, "another annotator works on")
    sleeper.send(signal.SIGCONT)
    run.until(lambda: sleeper.code is not None, "the zombie has ended")
    run.expect(sleeper.code == Ending.TRY_AGAIN, f"the zombie ended with {sleeper.code}")
    fenced = any(word in sleeper.said() for word in ("Fenced", "InvalidProducerEpoch", "InvalidTxnState"))
    run.expect(fenced, "the zombie was not fenced")
    run.notes.append(point)


def freeze(run: Run) -> None:
    """SIGSTOP at any moment past the session time-out, SIGCONT."""
    run.under_way()
    sleeper = run.fleet.running[-1]
    sleeper.send(signal.SIGSTOP)
    other = run.fleet.start()
    before = run.left
    run.until(lambda: other.joined and run.left < before, "another annotator works on")
    sleeper.send(signal.SIGCONT)


def broker_killed(run: Run) -> None:
    """SIGKILL of one broker of three, which comes back later."""
    run.under_way()
    node = run.chance.choice(run.brokers.nodes)
    node.kill()
    run.pause(_DOWN_SECONDS)
    run.expect(run.left > 0, "all was done before the broker came back")
    node.start()
    node.wait_ready()


def brokers_in_turn(run: Run) -> None:
    """SIGKILL of each broker, the next one when the one before is back and in sync."""
    run.under_way(0.05, 0.15)
    for node in run.chance.sample(run.brokers.nodes, len(run.brokers.nodes)):
        run.expect(run.left > 0, "all was done before the last broker was killed")
        node.kill()
        run.pause(1)
        node.start()
        node.wait_ready()
        run.brokers.wait_in_sync([run.settings.topic_prefix + topic for topic in TOPICS])


def leader_bounced(run: Run, *, hard: bool) -> None:
    """The leader of an output partition goes, hard (SIGKILL) or clean (SIGTERM), and is started again at once."""
    run.under_way()
    topic = ARTICLES_ANNOTATED.full_name(run.settings.topic_prefix)
    leader = run.brokers.leader(topic, run.chance.randrange(4))
    if hard:
        leader.kill()
    else:
        leader.stop()
    leader.start()
    leader.wait_ready()


def unreachable(run: Run, *, seconds: float) -> None:
    """All traffic of one broker is dropped for some time: one that leads an output partition."""
    run.under_way(0.05, 0.1)
    topic = ARTICLES_ANNOTATED.full_name(run.settings.topic_prefix)
    node = run.brokers.leader(topic, run.chance.randrange(4))
    run.brokers.isolate(node)
    run.pause(seconds)
    run.expect(run.left > 0, "all was done before the broker could be reached again")
    run.brokers.heal()


def disk_full(run: Run) -> None:
    """No byte can be written any more in the annotator's data directory; later it is killed and started there."""
    with disk.small(run.folder / "small") as folder:
        victim = _replace_with_faulty(run, "", CLAIMWIRE_STATE_DIR=str(folder))
        run.until(lambda: victim.joined, "the annotator has joined")
        run.under_way(0.2, 0.4)
        disk.fill(folder)
        before = run.left
        run.until(lambda: run.left < before - len(run.sent) / 4, "a quarter is annotated with a full disk")
        run.expect("cannot be used" in victim.said(), "the annotator never met the full disk")
        run.fleet.retire(victim)
        victim.kill()
        run.fleet.start(CLAIMWIRE_STATE_DIR=str(folder))
        run.until(lambda: run.left == 0, "every article is annotated")
        run.wrong += run.fleet.stop()


def crowd(run: Run) -> None:
    """Five annotators on four partitions: two of them die, and nobody takes their place."""
    run.until(lambda: sum(one.joined for one in run.fleet.running) >= 4, "four annotators have partitions")
    run.under_way(0.1, 0.4)
    for victim in run.chance.sample(run.fleet.running, 2):
        run.fleet.retire(victim)
        victim.kill()
        run.pause(run.chance.uniform(0, 1))


def stop(run: Run) -> None:
    """SIGTERM under load: the process ends in time; another one goes on."""
    run.under_way()
    victim = run.fleet.running[-1]
    run.fleet.retire(victim)
    started = time.monotonic()
    victim.send(signal.SIGTERM)
    run.expect(victim.wait(STOP_SECONDS + 5), f"no end within {STOP_SECONDS + 5:g} s of SIGTERM")
    took = time.monotonic() - started
    run.expect(took <= STOP_SECONDS, f"it took {took:.1f} s to end after SIGTERM")
    run.expect(victim.code == Ending.STOPPED, f"it ended with {victim.code} after SIGTERM")
    run.notes.append(f"exit in {took:.1f} s")
    run.fleet.start()


def _second(run: Run) -> Annotator:
    """One of two annotators that both work, and will not be replaced."""
    second = run.fleet.running[-1]
    run.until(lambda: all(one.joined for one in run.fleet.running), "both annotators have partitions")
    run.under_way(0.2, 0.5)
    run.fleet.retire(second)
    return second


def _replace_with_faulty(run: Run, fault: str, **more: str) -> Annotator:
    """The first annotator of a run, which has none yet, with a fault that happens once."""
    return run.fleet.start(
        CLAIMWIRE_TESTING="1",
        CLAIMWIRE_TEST_FAULT=fault,
        CLAIMWIRE_TEST_FAULT_ONCE=str(run.folder / "fault-happened"),
        **more,
    )


SCENARIOS = (
    Scenario("kill-in-batch", "SIGKILL of the annotator in mid-batch", 20, kill_in_batch, short=1),
    Scenario("kill-in-commit", "SIGKILL between sends and commit", 20, kill_at, annotators=0, short=2),
    Scenario("join", "a second annotator joins", 10, join, articles=300, short=1),
    Scenario("leave", "a second annotator leaves", 10, leave, annotators=2, articles=300),
    Scenario("killed", "a second annotator is killed", 10, killed, annotators=2, articles=300, short=1),
    Scenario("zombie", "SIGSTOP in a transaction past the session time-out, SIGCONT", 5, zombie, annotators=0, short=1),
    Scenario("freeze", "SIGSTOP at any moment past the session time-out, SIGCONT", 5, freeze),
    Scenario("stop", "SIGTERM under load: exit within 10 s", 10, stop, short=1),
    Scenario("disk-full", "disk full on the annotator's data directory", 1, disk_full, annotators=0, short=1,
             obstacle=disk.obstacle),
    Scenario("crowd", "five annotators on four partitions, two killed", 5, crowd, annotators=5, articles=600, short=1),
    Scenario("broker-killed", "SIGKILL of one broker of three", 5, broker_killed, "three", articles=600),
    Scenario("brokers-in-turn", "SIGKILL of all three brokers in turn", 5, brokers_in_turn, "three", articles=1500,
             limit=240),
    Scenario("leader-hard", "the leader of an output partition bounced hard", 5, partial(leader_bounced, hard=True),
             "three", articles=600, short=1),
    Scenario("leader-clean", "the leader of an output partition bounced clean", 5, partial(leader_bounced, hard=False),
             "three", articles=600),
    Scenario("unreachable", "a broker unreachable for 30 s, all its traffic dropped", 3,
             partial(unreachable, seconds=_UNREACHABLE_SECONDS), "cables", articles=2500, limit=300),
)  # fmt: skip

SHORT = (
    *(scenario for scenario in SCENARIOS if scenario.short),
    Scenario("unreachable-short", "a broker unreachable for 12 s", 1, partial(unreachable, seconds=12), "cables",
             articles=1000, short=1),
)  # fmt: skip
"""What `make test` runs."""
