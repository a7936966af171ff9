import threading

from pipeline.view.cache import Cache


def test_an_answer_is_kept_and_found_anew() -> None:
    answers = iter(range(10))
    kept, never = Cache(60), Cache(0)
    assert [kept.get("a", lambda: next(answers)) for _ in range(3)] == [0, 0, 0]
    assert kept.get("b", lambda: next(answers)) == 1
    assert [never.get("a", lambda: next(answers)) for _ in range(2)] == [2, 3]


def test_others_do_not_wait_for_the_one_who_finds() -> None:
    cache, inside, go = Cache(0), threading.Event(), threading.Event()
    cache.get("a", lambda: "old")

    def slow() -> str:
        inside.set()
        go.wait(10)
        return "new"

    finding = threading.Thread(target=cache.get, args=("a", slow))
    finding.start()
    inside.wait(10)
    assert cache.get("a", lambda: "unasked") == "old"
    go.set()
    finding.join()
