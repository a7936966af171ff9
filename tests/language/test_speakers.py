import pytest

from pipeline.language.entities import cluster
from pipeline.language.speakers import Speakers, noun_phrase
from pipeline.records import EntityType

STORY = (
    "Israeli Foreign Minister Israel Katz described the talks. “We try,” he told Army Radio. Helga Varnum, a mediator,"
    " disagreed. She added a word. A Hamas official, who asked not to be named, said no. The official said more."
    " Hamas said nothing. Cruz’s campaign waited. The report said so. They said."
)
NAMES: list[tuple[str, EntityType]] = [
    ("Israel Katz", "Person"),
    ("Army Radio", "Organization"),
    ("Helga Varnum", "Person"),
    ("Hamas", "Organization"),
    ("Cruz", "Person"),
]


@pytest.fixture
def speakers() -> Speakers:
    found = []
    for name, kind in NAMES:
        at = -1
        while (at := STORY.find(name, at + 1)) >= 0:
            found.append((at, at + len(name), kind))
    return Speakers(STORY, cluster(STORY, sorted(found)))


def resolve(speakers: Speakers, text: str, after: str = "") -> tuple[str, str | None]:
    at = STORY.index(text, STORY.index(after))
    speaker = speakers.resolve(text, (at, at + len(text)), 0)
    return speaker.kind, speaker.name


def test_sources_are_named_as_far_as_the_text_goes(speakers: Speakers) -> None:
    assert resolve(speakers, "Israeli Foreign Minister Israel Katz") == ("person", "Israel Katz")
    assert resolve(speakers, "he", "” he") == ("person", "Israel Katz")
    assert resolve(speakers, "Helga Varnum, a mediator,") == ("person", "Helga Varnum")
    assert resolve(speakers, "She") == ("person", "Helga Varnum")
    assert resolve(speakers, "A Hamas official, who asked not to be named,") == ("unnamed", "Hamas official")
    assert resolve(speakers, "The official", "named") == ("unnamed", "Hamas official")
    assert resolve(speakers, "Hamas", "more. Hamas") == ("organisation", "Hamas")
    assert resolve(speakers, "Cruz’s campaign") == ("organisation", "Cruz’s campaign")
    assert resolve(speakers, "The report") == ("document", None)


def test_a_description_is_named_by_whoever_it_was_last_said_of() -> None:
    text = (
        "A Hamas official said no. Ynet cited an unidentified Israeli official as saying so. The official said more."
        " Two Egyptian security sources spoke. The sources left. The mayor slept."
    )
    speakers = Speakers(text, [])

    def name(words: str) -> str | None:
        at = text.index(words)
        return speakers.resolve(words, (at, at + len(words)), 0).name

    assert [name(w) for w in ("The official", "The sources", "The mayor")] == [
        "Israeli official",
        "Egyptian security sources",
        None,
    ]


def test_a_title_names_the_one_person_who_bears_it(speakers: Speakers) -> None:
    at = len(STORY)
    assert speakers.resolve("The minister", (at, at + 12), 1).name == "Israel Katz"
    assert speakers.resolve("The mediator", (at, at + 12), 1).name == "Helga Varnum"


def test_no_source_is_of_no_kind(speakers: Speakers) -> None:
    assert speakers.resolve("", None, 0).kind == "none"


def test_several_people_in_a_source_are_the_last_of_them_or_all() -> None:
    text = "Varnum director Helga Moss, who waited, said no."
    entities = cluster(text, [(0, 6, "Person"), (16, 26, "Person")])
    assert Speakers(text, entities).resolve(text[:38], (0, 38), 0).name == "Helga Moss"
    text = "Ann Varnum and Helga Moss said no."
    entities = cluster(text, [(0, 10, "Person"), (15, 25, "Person")])
    assert Speakers(text, entities).resolve(text[:25], (0, 25), 0).name == "Ann Varnum and Helga Moss"


def test_a_name_is_not_cut() -> None:
    text = "A University of Varn survey of ports said no. The University of Varn said more."
    entities = cluster(text, [(2, 20, "Organization"), (50, 68, "Organization")])
    speakers = Speakers(text, entities)
    assert speakers.resolve(text[:36], (0, 36), 0).name == "University of Varn survey"
    assert speakers.resolve(text[46:68], (46, 68), 0).name == "University of Varn"


@pytest.mark.parametrize(
    ("source", "names", "expected"),
    [
        ("Varn News, Port Board", ["Varn News", "Port Board"], ("organisation", "Varn News and Port Board")),
        ("Two port sources and Varn News", ["Varn News"], ("organisation", "port sources and Varn News")),
        ("port and harbour officials", [], ("unnamed", "port and harbour officials")),
        ("the Board of Ports and Piers", ["Board of Ports and Piers"], ("organisation", "Board of Ports and Piers")),
    ],
)
def test_several_bodies_are_not_the_last_of_them(source: str, names: list[str], expected: tuple[str, str]) -> None:
    found: list[tuple[int, int, EntityType]] = [
        (source.index(name), source.index(name) + len(name), "Organization") for name in names
    ]
    speaker = Speakers(source, cluster(source, found)).resolve(source, (0, len(source)), 0)
    assert (speaker.kind, speaker.name) == expected


def test_a_pronoun_after_an_unnamed_speaker_is_that_speaker() -> None:
    text = "Helga Varnum spoke. A port official, who would not be named, said no. “Yes,” she said."
    speakers = Speakers(text, cluster(text, [(0, 12, "Person")]))
    end = text.index(" said no")
    assert speakers.resolve(text[20:end], (20, end), 0).name == "port official"
    at = text.index("she said")
    speaker = speakers.resolve("she", (at, at + 3), 0)
    assert (speaker.kind, speaker.name) == ("unnamed", "port official")


@pytest.mark.parametrize(
    ("source", "name"), [("the police", "police"), ("The agency", None), ("the port police", "port police")]
)
def test_a_bare_collective_is_no_name_unless_there_is_one_only(source: str, name: str | None) -> None:
    speaker = Speakers(f"{source} said no.", []).resolve(source, (0, len(source)), 0)
    assert (speaker.kind, speaker.name) == ("organisation", name)


@pytest.mark.parametrize(
    ("source", "core"),
    [
        ("a Hamas official, who asked not to be named,", "Hamas official"),
        ("Two Egyptian security sources", "Egyptian security sources"),
        ("an unidentified Israeli official", "Israeli official"),
        ("officials from both sides", "officials"),
        ("a poll published on Friday", "poll"),
        ("the", ""),
    ],
)
def test_the_core_of_a_noun_phrase(source: str, core: str) -> None:
    assert noun_phrase(source) == core


@pytest.mark.parametrize(
    ("text", "people", "expected"),
    [
        ("It was Helga Varnum who said no.", ["Helga Varnum"], ("person", "Helga Varnum")),
        ("Helga Varnum, a mediator of the port, who said no.", ["Helga Varnum"], ("person", "Helga Varnum")),
        ("They met Helga Varnum (who said no).", ["Helga Varnum"], ("person", "Helga Varnum")),
        ("He met a harbour official, who said no.", [], ("unnamed", "harbour official")),
        ("Helga Varnum ran the port and those who said no.", ["Helga Varnum"], ("unnamed", None)),
        ("The man who said no.", [], ("unnamed", None)),
    ],
)
def test_a_relative_pronoun_is_whoever_stands_before_it(
    text: str, people: list[str], expected: tuple[str, str | None]
) -> None:
    mentions: list[tuple[int, int, EntityType]] = [(text.find(p), text.find(p) + len(p), "Person") for p in people]
    at = text.index("who")
    speaker = Speakers(text, cluster(text, mentions)).resolve("who", (at, at + 3), 0)
    assert (speaker.kind, speaker.name) == expected
