from kafka import TopicPartition

from pipeline.processors.stall import Seen, Stalls

ONE, OTHER = TopicPartition("raw", 0), TopicPartition("raw", 1)
MINE = frozenset({ONE})


def looks(*seen: Seen, seconds: float = 60.0, every: float = 15.0) -> object:
    stalls = Stalls(seconds)
    found: object = None
    for number, one in enumerate(seen):
        found = found or stalls.look(one, number * every)
    return found


def test_waiting_records_without_progress_are_a_stall() -> None:
    assert looks(*[Seen(MINE, {ONE: 5})] * 5) == ONE


def test_progress_is_none() -> None:
    assert looks(*(Seen(MINE, {ONE: offset}) for offset in range(9))) is None
    assert looks(*[Seen(MINE, {ONE: 5}), Seen(MINE, {})] * 9) is None


def test_what_others_own_is_not_this_processs_stall() -> None:
    assert looks(*[Seen(MINE, {OTHER: 5})] * 9) is None
    assert looks(*[Seen(frozenset(), {ONE: 5})] * 9) is None


def test_who_is_no_member_while_records_wait_stands_still() -> None:
    assert "no member" in str(looks(*[Seen(None, {ONE: 5})] * 5))
    assert looks(*[Seen(None, {})] * 9) is None


def test_a_process_that_was_frozen_is_not_judged_by_the_clock_alone() -> None:
    stalls = Stalls(60)
    assert stalls.look(Seen(MINE, {ONE: 5}), 0) is None
    assert stalls.look(Seen(MINE, {ONE: 5}), 1000) is None


def test_after_a_reset_the_time_begins_anew() -> None:
    stalls = Stalls(60)
    for now in range(0, 50, 10):
        assert stalls.look(Seen(MINE, {ONE: 5}), now) is None
    stalls.reset()
    assert stalls.look(Seen(MINE, {ONE: 5}), 61) is None


def test_a_partition_may_wait_longer_while_another_moves() -> None:
    both = frozenset({ONE, OTHER})
    seen = [Seen(both, {ONE: 5, OTHER: offset}) for offset in range(30)]
    assert looks(*seen[:15]) is None
    assert looks(*seen) == ONE
