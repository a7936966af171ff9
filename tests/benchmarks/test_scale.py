"""The model on paper."""

from dataclasses import replace

import pytest

from benchmarks.figures import Figure, Results
from benchmarks.scale import PAGE, Assumed, Costs, block, demands, limits, rewritten
from benchmarks.stages import UNITS
from tests.conftest import REPOSITORY

COSTS = Costs(
    speed=10.0,
    raw=2000.0,
    outputs=20_000.0,
    compared=5000.0,
    coordinators=500.0,
    broker=0.02,
    transactions=0.1,
    transaction=0.002,
    claims=25.0,
    relations=125.0,
    sinks={"sqlite": 140.0},
    start=3.0,
    memory=512.0,
)
ASSUMED = Assumed(copies=3, readers=2, load=0.7)


def results() -> Results:
    measured = {
        ("workers", "exactly once, 1 worker"): 10.0,
        ("latency", "start to first claim read"): 3.0,
        ("latency", "most resident memory of a worker"): 512.0,
        **{("stages", name): 10.0 for name in UNITS},
    }
    return Results({}, [Figure(benchmark, name, "", (value,)) for (benchmark, name), value in measured.items()])


def test_demands() -> None:
    found = demands(COSTS, 10, ASSUMED)
    assert found["articles a second"] == pytest.approx(70)
    assert found["partitions of articles.raw"] == found["transactional producers"] == 20
    assert found["memory of annotators, GiB"] == pytest.approx(5)
    assert found["written to brokers, MB/s"] == pytest.approx(70 * 27_500 / 1e6)
    assert found["copied between brokers, MB/s"] == pytest.approx(2 * 70 * 27_500 / 1e6)
    assert found["read from brokers, MB/s"] == pytest.approx(70 * (2000 + 5000 + 2 * 20_000) / 1e6)
    assert found["kept in a day, all copies, GB"] == pytest.approx(70 * 86_400 * 27_000 * 3 / 1e9)
    assert found["transactions a second"] == pytest.approx(7)
    assert found["cores of brokers, one copy"] == pytest.approx(1.4)
    assert found["processes of relations"] == 14
    assert found["sinks into sqlite"] == pytest.approx(0.5)


def test_all_but_what_is_rounded_grows_with_cores() -> None:
    ten, thousand = (demands(COSTS, cores, ASSUMED) for cores in (10, 1000))
    assert all(thousand[name] == pytest.approx(100 * value) for name, value in ten.items())


def test_what_is_full_first_comes_first() -> None:
    found = limits(COSTS, ASSUMED)
    assert [what for what, _ in found[:3]] == [
        "one process of relations",
        "one core of a broker",
        "one sink into sqlite",
    ]
    by_name = dict(found)
    assert by_name["one process of relations"] == pytest.approx(5 / 7)
    assert by_name["one core of a broker"] == pytest.approx(50 / 7)
    assert by_name["one sink into sqlite"] == pytest.approx(20)
    assert by_name["the partitions of one broker"] == pytest.approx(4000 / 6)
    # At its limit a thing is full: what it wants of one broker core there is one core.
    assert demands(COSTS, 1, ASSUMED)["cores of brokers, one copy"] * by_name["one core of a broker"] == pytest.approx(
        1
    )


def test_costs_come_from_the_figures() -> None:
    costs = Costs.of(results())
    assert (costs.speed, costs.memory, costs.broker, costs.outputs) == (10.0, 512.0, 0.01, 30.0)
    assert costs.sinks == {"sqlite": 10.0, "postgresql": 10.0}


def test_what_is_missing_is_named() -> None:
    whole = results()
    less = replace(whole, figures=[one for one in whole.figures if one.benchmark != "latency"])
    with pytest.raises(LookupError, match="latency: start to first claim read; latency: most resident"):
        Costs.of(less)


def test_a_machine_without_postgresql_has_one_sink() -> None:
    whole = results()
    less = replace(whole, figures=[one for one in whole.figures if one.name != "sink, postgresql"])
    assert "postgresql" not in block(less)


def test_few_rounds_are_called_a_trial() -> None:
    whole = results()
    assert "not to be relied on" in block(whole)
    more = [replace(one, values=one.values * 3) for one in whole.figures]
    assert "not to be relied on" not in block(replace(whole, figures=more))


def test_the_page_is_rewritten_in_its_place() -> None:
    page = (REPOSITORY / PAGE).read_text("utf-8")
    new = rewritten(page, block(results()))
    assert new != page
    assert rewritten(new, block(results())) == new
    assert (new.split("\n")[0], new.split("\n")[-2]) == (page.split("\n")[0], page.split("\n")[-2])
    with pytest.raises(ValueError, match="no line"):
        rewritten("a page", block(results()))
