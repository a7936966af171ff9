from datetime import UTC, datetime, timedelta

from pipeline.view.chart import Mark, Point, Row, chart, drawn

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def point(row: str, day: int, label: str = "favor") -> Point:
    return Point(row, DAY + timedelta(days=day), label, 0.5, "words", "clm")


def test_time_goes_from_left_to_right_within_the_picture() -> None:
    drawn = chart([point("a", 10), point("a", 0, "against"), point("b", 5, "neutral")])
    assert drawn is not None
    first, second = drawn.rows
    assert (first.name, first.counts, second.counts) == ("a", (1, 0, 1), (0, 1, 0))
    xs = [mark.x for mark in first.marks]
    assert xs == sorted(xs)
    assert all(0 <= mark.x <= 100 for row in drawn.rows for mark in row.marks)
    assert len({mark.y for mark in first.marks}) == 2
    assert [text for _, text in drawn.ticks] == ["2026-03-01", "2026-03-06", "2026-03-11"]


def test_one_point_and_none_and_too_many_rows() -> None:
    assert chart([]) is None
    assert chart([point("a", 0)]) is not None
    many = chart([point(f"row {number}", number) for number in range(20)])
    assert many is not None
    assert (len(many.rows), many.left_out) == (8, 12)


def test_what_was_said_at_the_ends_of_time() -> None:
    moments = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    ends = [Point("a", moment, "favor", 1.0, "", "") for moment in moments]
    assert chart(ends) is not None
    assert chart(ends[:1]) is not None
    assert chart(ends[1:]) is not None


def test_a_mark_says_what_it_stands_for_by_its_shape_and_in_words() -> None:
    shapes = set()
    for label in ("favor", "neutral", "against"):
        mark = Mark(12.5, 40, point("a", 1, label)._replace(title="<b>said</b> \u202e" + "word " * 60))
        svg = str(drawn(Row("a", 0, (mark,), (0, 0, 0))))
        assert f"<title>{label} 0.50: &lt;b&gt;said&lt;/b&gt; [U+202E]word" in svg
        assert "..." in svg
        shapes.add(svg.partition("</title>")[2])
    assert len(shapes) == 3
