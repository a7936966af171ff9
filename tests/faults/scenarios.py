"""The table: what is hurt, how, and how often."""

import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pipeline.processors.endings import Ending
from pipeline.topics import ARTICLES_ANNOTATED
from pipeline.wire.broker import Node
from tests.faults import disk
from tests.faults.annotators import Annotator
from tests.faults.run import PARTITIONS, Run, Scenario

STOP_SECONDS = 10.0
_UNREACHABLE_SECONDS = 30.0
_DOWN_SECONDS = 5.0
_A_FEW = 20  # records: one or two batches
_MANY = 75  # records
_IN_TRANSACTION = ("transaction.sent", "transaction.offsets-sent")


def kill_in_batch(run: Run) -> None:
    """SIGKILL at any moment; a new process follows."""
    run.under_way()
    run.fleet.running[-1].kill()


def kill_at(run: Run, points: Sequence[str] = _IN_TRANSACTION) -> None:
    """SIGKILL inside a transaction, after the sends, or after the offsets as well: of one beside another annotator."""
    point = run.chance.choice(points)
    victim = _faulty(run, f"{point}=kill@{run.chance.randint(4, 8)}")
    run.until(lambda: victim.code is not None, f"the annotator is killed at {point}")
    run.expect(victim.code == -signal.SIGKILL, f"the annotator ended with {victim.code}, not by the fault at {point}")
    run.notes.append(point)


def join(run: Run) -> None:
    """Another annotator comes."""
    run.under_way()
    second = run.fleet.start()
    run.until(lambda: second.joined, "the second annotator has joined")


def leave(run: Run) -> None:
    """An annotator of several goes (SIGTERM)."""
    leaver = _one_of_many(run)
    leaver.send(signal.SIGTERM)
    run.until(lambda: leaver.code is not None, "the annotator has gone")
    run.expect(leaver.code == Ending.STOPPED, f"the annotator ended with {leaver.code}")


def killed(run: Run) -> None:
    """An annotator of several dies (SIGKILL), and nobody takes its place."""
    _one_of_many(run).kill()


def zombie(run: Run) -> None:
    """A process freezes inside a transaction, is taken for dead, and wakes up when another has its partitions."""
    point = run.chance.choice(_IN_TRANSACTION)
    (other,) = run.fleet.running
    sleeper = _faulty(run, f"{point}=freeze@{run.chance.randint(4, 8)}")
    run.until(lambda: sleeper.frozen, f"the annotator is frozen at {point}")
    before = other.taken
    run.until(lambda: other.taken >= before + PARTITIONS, "the other annotator has all partitions")
    run.progress(_A_FEW)
    sleeper.send(signal.SIGCONT)
    run.until(lambda: sleeper.code is not None, "the zombie has ended")
    run.expect(sleeper.code == Ending.TRY_AGAIN, f"the zombie ended with {sleeper.code}")
    fenced = any(word in sleeper.said() for word in ("Fenced", "InvalidProducerEpoch", "InvalidTxnState"))
    run.expect(fenced, "the zombie was not fenced")
    run.notes.append(point)


def freeze(run: Run) -> None:
    """SIGSTOP at any moment past the session time-out, SIGCONT: of one of two."""
    run.under_way()
    # The one that was frozen before may find out only now that it has to end.
    run.until(lambda: len(run.fleet.running) == 2 and _all_joined(run), "both annotators have partitions")
    sleeper, other = run.chance.sample(run.fleet.running, 2)
    before = other.taken
    sleeper.send(signal.SIGSTOP)
    run.until(lambda: other.code is not None or other.taken >= before + PARTITIONS, "the other one has all partitions")
    run.progress(_A_FEW)
    sleeper.send(signal.SIGCONT)


def broker_killed(run: Run) -> None:
    """SIGKILL of one broker of three, which comes back later."""
    run.brokers.wait_in_sync(run.topics)
    run.under_way()
    node = run.chance.choice(run.brokers.nodes)
    node.kill()
    run.pause(_DOWN_SECONDS)
    node.start()
    node.wait_ready()


def brokers_in_turn(run: Run) -> None:
    """SIGKILL of each broker, the next one when the one before is back and in sync."""
    run.under_way()
    for node in run.chance.sample(run.brokers.nodes, len(run.brokers.nodes)):
        node.kill()
        run.pause(1)
        node.start()
        node.wait_ready()
        run.brokers.wait_in_sync(run.topics)


def leader_bounced(run: Run, *, hard: bool) -> None:
    """The leader of an output partition goes, hard (SIGKILL) or clean (SIGTERM), and is started again at once."""
    run.brokers.wait_in_sync(run.topics)
    run.under_way()
    leader = _leader(run)
    if hard:
        leader.kill()
    else:
        leader.stop()
    leader.start()
    leader.wait_ready()


def unreachable(run: Run, *, seconds: float) -> None:
    """All traffic of one broker is dropped for some time: one that leads an output partition."""
    run.under_way()
    run.brokers.isolate(_leader(run))
    run.pause(seconds)
    run.brokers.heal()


def disk_full(run: Run) -> None:
    """No byte can be written any more in the annotator's data directory; later it is killed and started there."""
    with disk.small(run.folder / "small") as folder:
        victim = run.fleet.start(CLAIMWIRE_STATE_DIR=str(folder))
        run.until(lambda: victim.joined, "the annotator has joined")
        run.under_way()
        disk.fill(folder)
        run.progress(_MANY)
        run.expect("cannot be used" in victim.said(), "the annotator never met the full disk")
        victim.kill()
        run.progress(_MANY)
        run.wrong += run.fleet.stop()


def crowd(run: Run) -> None:
    """Five annotators on four partitions: two of them die, and nobody takes their place."""
    run.until(lambda: sum(one.joined for one in run.fleet.running) >= PARTITIONS, "four annotators have partitions")
    run.under_way()
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


def _all_joined(run: Run) -> bool:
    return all(one.joined for one in run.fleet.running)


def _one_of_many(run: Run) -> Annotator:
    """One of annotators that all work; it will not be replaced."""
    run.until(lambda: _all_joined(run), "every annotator has partitions")
    run.under_way()
    chosen = run.chance.choice(run.fleet.running)
    run.fleet.retire(chosen)
    return chosen


def _faulty(run: Run, fault: str) -> Annotator:
    """One more annotator, which will meet a fault, and not be replaced."""
    run.until(lambda: _all_joined(run), "every annotator has partitions")
    run.under_way()
    faulty = run.fleet.start(CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT=fault)
    run.fleet.retire(faulty)
    return faulty


def _leader(run: Run) -> Node:
    topic = ARTICLES_ANNOTATED.full_name(run.settings.topic_prefix)
    return run.brokers.leader(topic, run.chance.randrange(PARTITIONS))


SCENARIOS = (
    Scenario("kill-in-batch", "SIGKILL of the annotator in mid-batch", 20, kill_in_batch, each=5, short=1),
    Scenario("kill-in-commit", "SIGKILL between sends and commit", 20, kill_at, each=5, short=2),
    Scenario("join", "another annotator joins", 10, join, each=2, short=1),
    Scenario("leave", "an annotator of several leaves", 10, leave, annotators=3, each=2),
    Scenario("killed", "an annotator of several is killed", 10, killed, annotators=3, each=2, short=1),
    Scenario("zombie", "SIGSTOP in a transaction past the session time-out, SIGCONT", 5, zombie, each=5, short=1),
    Scenario("freeze", "SIGSTOP at any moment past the session time-out, SIGCONT", 5, freeze, annotators=2, each=5),
    Scenario("stop", "SIGTERM under load: exit within 10 s", 10, stop, each=5, short=1),
    Scenario("disk-full", "disk full on the annotator's data directory", 1, disk_full, annotators=0, short=1,
             obstacle=disk.obstacle),
    Scenario("crowd", "five annotators on four partitions, two killed", 5, crowd, annotators=5, short=1),
    Scenario("broker-killed", "SIGKILL of one broker of three", 5, broker_killed, "three", each=5),
    Scenario("brokers-in-turn", "SIGKILL of all three brokers in turn", 5, brokers_in_turn, "three"),
    Scenario("leader-hard", "the leader of an output partition bounced hard", 5, partial(leader_bounced, hard=True),
             "three", each=5, short=1),
    Scenario("leader-clean", "the leader of an output partition bounced clean", 5, partial(leader_bounced, hard=False),
             "three", each=5),
    Scenario("unreachable", "a broker unreachable for 30 s, all its traffic dropped", 3,
             partial(unreachable, seconds=_UNREACHABLE_SECONDS), "cables"),
)  # fmt: skip

SHORT = (
    *(replace(scenario, each=1) for scenario in SCENARIOS if scenario.short),
    Scenario("unreachable-short", "a broker unreachable for 12 s", 1, partial(unreachable, seconds=12), "cables",
             short=1),
)  # fmt: skip
"""What `make test` runs: one fault a run."""
