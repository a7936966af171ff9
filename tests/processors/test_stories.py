from pipeline.language.likeness import signature
from pipeline.processors.stories import Stories

STORY = " ".join(f"Part {n} tells of the harbour, the boats and the {n * n} crates on quay {n % 7}." for n in range(60))


def test_a_reprint_of_a_reprint_is_of_the_first() -> None:
    stories = Stories(10)
    assert stories.origin("one", signature(STORY)) == "one"
    assert stories.origin("two", signature(STORY + " Reported by two.")) == "one"
    assert stories.origin("three", signature(STORY + " Reported by three.")) == "one"
    assert stories.origin("two", signature("whatever it says now")) == "one"


def test_another_story_is_its_own() -> None:
    stories = Stories(10)
    stories.origin("one", signature(STORY))
    assert stories.origin("two", signature("Another story altogether, of a dam and of a mayor.")) == "two"


def test_old_ones_are_forgotten() -> None:
    stories = Stories(2)
    for name in ("one", "two", "three"):
        stories.origin(name, signature(STORY.replace("Part", name).replace("crates", f"{name} barrels of {name} salt")))
    again = signature(STORY.replace("Part", "one").replace("crates", "one barrels of one salt"))
    assert stories.origin("four", again) == "four"
