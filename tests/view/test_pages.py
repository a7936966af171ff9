"""Every view in every form, on SQLite and on PostgreSQL."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from pipeline.view.pages.search import fts5, terms
from tests.browser.conftest import pages
from tests.view import world
from tests.view.conftest import client_of


def get(client: TestClient, address: str, **values: object) -> Any:
    """The JSON of a view."""
    response = client.get(address, params=values)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return response.json()


def test_every_page_has_its_json_and_csv(client: TestClient) -> None:
    for name, address in pages().items():
        path, _, query = address.partition("?")
        page = client.get(address)
        data, table = client.get(f"{path}.json?{query}"), client.get(f"{path}.csv?{query}")
        expected = 404 if name == "nothing there" else 200
        assert (page.status_code, data.status_code, table.status_code) == (expected,) * 3, name
        if expected == 200:
            assert f"{path}.json" in page.text, name
            assert data.json(), name
            assert table.headers["content-disposition"].startswith("attachment"), name
        else:
            assert data.json()["status"] == 404


def test_openapi_names_every_view(client: TestClient) -> None:
    found = client.get("/openapi.json").json()["paths"]
    assert {"/live.json", "/story.json", "/search.csv", "/live/events"} <= found.keys()
    assert all("get" in methods and methods.keys() == {"get"} for methods in found.values())


def test_a_story_as_data(client: TestClient) -> None:
    story = get(client, "/story.json", id="art_1")
    text = story["article"]["text"]
    first = story["claims"][0]
    ((start, end),) = first["spans"]["content"]
    assert text[start:end] == first["content"] == "There is no progress yet"
    assert first["source"]["name"] == "Tomas Brandeis"
    assert {one["target"]["text"] for one in first["stances"]} == {"Nordhaven Lines", world.TARGET.text}
    assert [(one["label"], one["claim"]["source"]["name"]) for one in first["relations"]] == [
        ("contradict", "Adaeze Lindqvist")
    ]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 4),
        ({"source": "BRANDEIS"}, 2),
        ({"source": "%"}, 0),
        ({"publisher": "sorrel  courier"}, 1),
        ({"entity": "nordhaven lines"}, 4),
        ({"entity": world.LINES.id}, 4),
        ({"stance": "favor"}, 2),
        ({"stance": "favor", "publisher": "The Strait Post"}, 1),
        ({"source": "nobody"}, 0),
    ],
)
def test_filters_of_live(client: TestClient, filters: dict[str, str], count: int) -> None:
    assert len(get(client, "/live.json", **filters)["claims"]) == count


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"q": "progress"}, 4),  # two of them by the headline
        ({"q": "breakthrough"}, 2),
        ({"q": '"some progress"'}, 1),
        ({"q": "progress -mediator"}, 3),
        ({"q": "made progressing"}, 1),
        ({"q": "zebra"}, 0),
        ({"q": "progress", "source": "lindqvist"}, 1),
        ({"q": "progress", "since": "2026-03-03"}, 1),
        ({"q": "progress", "until": "2026-03-02"}, 3),
        ({"q": "progress", "stance": "neutral"}, 1),
        ({"q": "progress", "since": "2026-03-02", "until": "2026-03-02"}, 3),
        ({"q": "progress", "since": "2027-01-01"}, 0),
        ({"q": "", "since": "2026-03-03"}, 1),
        ({"q": "progress", "entity": "nordhaven lines"}, 4),
        ({"q": "progress", "entity": "nobody"}, 0),
        ({"q": "progress", "publisher": "sorrel courier"}, 1),
        ({"q": "progress", "publisher": "The Strait Post", "stance": "against", "source": "brandeis"}, 1),
        ({"q": "breakthrough -claimed", "source": "brandeis"}, 1),
        ({"q": '"'}, 0),
        ({"q": "* OR ^ NEAR("}, 0),
        ({"q": "", "publisher": "The Strait Post"}, 3),
        ({"q": ""}, 0),
        ({"q": "progress", "since": "yesterday", "until": "9999-12-31"}, 4),
    ],
)
def test_search(client: TestClient, asked: dict[str, str], count: int) -> None:
    assert len(get(client, "/search.json", **asked)["claims"]) == count


def test_search_in_stories(client: TestClient) -> None:
    found = get(client, "/search.json", q="talks", kind="stories")["stories"]
    assert [one["key"] for one in found] == ["art_1"]
    assert get(client, "/search.json", q="talks", kind="stories", publisher="Sorrel Courier")["stories"] == []


@given(st.text(max_size=80))
def test_whatever_is_searched_for_is_no_operator(q: str) -> None:
    import sqlite3

    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    wanted, unwanted = terms(q)
    if wanted:
        database.execute("SELECT * FROM t WHERE t MATCH ?", (fts5(wanted, unwanted),)).fetchall()
    database.close()


def test_pages_go_on_where_they_ended(engine: Engine) -> None:
    quotes = [(f"Speaker {n}", "said", f"word number {n} of many", "favor") for n in range(120)]
    text = "Many speak\n\n" + " ".join(f"{s} {c} {w}." for s, c, w, _ in quotes)
    world.put(engine, world.article(1, text, quotes))  # type: ignore[arg-type]
    client = client_of(engine)
    for path, values, name in (
        ("/live.json", {}, "before"),
        ("/search.json", {"q": "word"}, "before"),
        ("/entity.json", {"id": world.LINES.id}, "before"),
    ):
        seen, following = [], None
        while following != "" and following != 0:
            data = get(client, path, **values, **({name: following} if following else {}))
            seen += [claim["id"] for claim in data["claims"]]
            following = data["next"]
        assert len(seen) == len(set(seen)) == 120, path


def test_part_of_a_name_that_few_or_many_sources_have(engine: Engine) -> None:
    quotes = [(f"Speaker {n}", "said", f"word number {n} of many", "favor") for n in range(220)]
    text = "Many speak\n\n" + " ".join(f"{s} {c} {w}." for s, c, w, _ in quotes)
    world.put(engine, world.article(1, text, quotes))  # type: ignore[arg-type]
    client = client_of(engine)
    for part, count in (("speaker", 220), ("SPEAKER 21", 11), ("speaker 219", 1), ("peaker 1%", 0)):
        for path, values in (("/live.json", {}), ("/search.json", {"q": "word"})):
            seen: list[str] = []
            following = 0
            while True:
                data = get(client, path, source=part, **values, **({"before": following} if following else {}))
                seen += [claim["source"]["name"] for claim in data["claims"]]
                following = data["next"]
                if not following:
                    break
            assert len(set(seen)) == len(seen) == count, (path, part)
            assert all(part.lower() in name.lower() for name in seen)


def test_a_source_that_was_corrected_is_found_by_its_new_name_alone(engine: Engine) -> None:
    world.put(engine, world.STALLED)
    first = world.STALLED.claims[0]
    corrected = replace(first, source=replace(first.source, name="Tomas Brandt", text="Brandt"), entities=())
    world.put(engine, replace(world.STALLED, claims=(corrected,)))
    client = client_of(engine)
    assert [one["id"] for one in get(client, "/live.json", source="brandt")["claims"]] == [first.id]
    assert get(client, "/live.json", source="tomas brandeis")["claims"] == []
    assert first.id not in [one["id"] for one in get(client, "/live.json", entity=world.LINES.id)["claims"]]


@pytest.mark.parametrize(
    "address",
    ["/live?before=x", "/live?before=99999999999999999999", "/live?stance=maybe", "/search?kind=all", "/story",
     f"/source?name={'x' * 3000}", "/live?before=-1"],
)  # fmt: skip
def test_addresses_that_make_no_sense(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 422
    assert "<h1>Not understood</h1>" in response.text


@pytest.mark.parametrize(
    "before", ["x", "2026-03-02~5", "2026-03-02T00:00:00+00:00~x", "~", "9999-12-31T23:59:59+00:00~9"]
)
def test_a_cursor_that_is_none_is_no_error(client: TestClient, before: str) -> None:
    assert client.get("/source", params={"name": "Tomas Brandeis", "before": before}).status_code == 200


def test_nul_and_the_like_in_addresses(client: TestClient) -> None:
    for address in ("/live?source=%00", "/search?q=%00a", "/search?q=%ff%fe", "/live?entity=%00&publisher=%00"):
        assert client.get(address).status_code == 200, address
    for address in ("/story?id=%00", "/source?name=%00", "/entity?id=%00", "/target?id=%00", "/proposition?id=%00"):
        assert client.get(address).status_code == 404, address


def test_spreadsheets_do_not_take_words_for_formulas(engine: Engine) -> None:
    world.put(engine, world.hostile('=HYPERLINK("//evil.example")'))
    rows = list(csv.DictReader(io.StringIO(client_of(engine).get("/live.csv").text)))
    assert rows[0]["content"] == '\'=HYPERLINK("//evil.example")'
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_what_is_denied_is_not_shown_as_said(engine: Engine) -> None:
    told = world.article(7, "Ferries\n\nBrandeis denied any delay.", [("Brandeis", "denied", "any delay", "neutral")])
    (claim,) = told.claims
    denial = replace(claim, content=replace(claim.content, form="indirect", denied=True))
    world.put(engine, replace(told, claims=(denial,)))
    client = client_of(engine)
    assert get(client, "/live.json")["claims"][0]["denied"] is True
    assert next(csv.DictReader(io.StringIO(client.get("/live.csv").text)))["denied"] == "True"
    for page in ("/live", "/story?id=art_7", "/source?name=Brandeis"):
        assert "denies:" in client.get(page).text, page


def test_two_propositions_that_oppose_each_other_are_one_entry(client: TestClient) -> None:
    found = get(client, "/contested.json")["propositions"]
    assert [one["text"] for one in found] == ["Some progress has been made"]
    assert {voice["stance"] for voice in found[0]["voices"]} == {"favor", "against"}


def test_figures_of_lists(client: TestClient) -> None:
    (target,) = get(client, "/targets.json")["targets"]
    assert (target["favor"], target["neutral"], target["against"]) == (1, 0, 1)
    assert [one["claims"] for one in get(client, "/sources.json")["sources"]] == [1, 1, 1, 1]
    assert [one["claims"] for one in get(client, "/entities.json")["entities"]] == [4]
    rows = {one["topic"]: one["rows"] for one in get(client, "/operations.json")["rows"]}
    assert (rows["claims"], rows["relations"], rows["propositions"], rows["targets"]) == (4, 1, 2, 1)


def test_the_front_door_and_health(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/live"
    assert client.get("/healthz").json() == {"status": "ok"}
    client.app.state.sink.problem = "no broker"  # type: ignore[attr-defined]
    assert client.get("/healthz").status_code == 503
    assert "What is shown is not up to date: no broker" in client.get("/live").text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_read_only(client: TestClient, method: str) -> None:
    for address in ("/live", "/story?id=art_1", "/live.json", "/search", "/operations"):
        assert client.request(method, address).status_code == 405
