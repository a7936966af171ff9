from training.evaluation.errors import Errors, entity_errors


def test_entities_are_wrong_in_four_ways() -> None:
    text = "Ann Lee of Oslo met Nord Co in Bergen"
    gold = {(0, 7, "Person"), (11, 15, "Location"), (20, 27, "Organization")}
    found = {(4, 7, "Person"), (20, 27, "Product"), (31, 37, "Location")}
    errors: Errors = {}
    entity_errors(errors, "x", text, gold, found)
    assert {kind: [(e.gold, e.found) for e in each] for kind, each in errors.items()} == {
        "entity: begins or ends elsewhere": [("Ann Lee (Person)", "Lee (Person)")],
        "entity: missed": [("Oslo (Location)", "nothing")],
        "entity: of another type": [("Nord Co (Organization)", "Nord Co (Product)")],
        "entity: found where none is": [("nothing", "Bergen (Location)")],
    }
