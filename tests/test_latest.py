"""The memory of what was made last at the same arrays."""

import pickle
from threading import Thread

import numpy as np

from ebana_core.arrays import Array
from ebana_core.latest import Latest


class Maker:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.n_calls = 0

    def __call__(self) -> int:
        self.n_calls += 1
        return self.n_calls


def test_what_was_made_is_kept_at_the_same_arrays_alone() -> None:
    latest, make, array = Latest[int](), Maker(), np.ones(2)
    assert [latest.at({"a": array}, make) for _ in range(3)] == [1, 1, 1]
    assert latest.at({"a": array.copy()}, make) == 2  # equal, and somebody else's
    assert latest.at({"a": array}, make) == 3  # the last one alone is kept


def test_arrays_that_change_names_are_others() -> None:
    latest, make, (one, other) = Latest[int](), Maker(), np.ones((2, 2))
    assert latest.at({"a": one, "b": other}, make) == 1
    assert latest.at({"a": other, "b": one}, make) == 2
    assert latest.at({"b": one, "a": other}, make) == 2
    assert latest.at({"a": other}, make) == 3


def test_what_is_refused_is_not_known_and_leaves_nothing() -> None:
    latest, array = Latest[int](), np.ones(2)
    latest.keep({"a": array}, 7)
    try:
        latest.at({"a": array.copy()}, lambda: 1 // 0)
    except ZeroDivisionError:
        assert latest.is_empty
    assert latest.at({"a": array}, lambda: 8) == 8


def test_copies_begin_empty() -> None:
    latest = Latest[int]()
    latest.keep({"a": np.ones(2)}, 7)
    assert pickle.loads(pickle.dumps(latest)).is_empty


def test_threads_never_meet_what_was_made_at_others_arrays() -> None:
    latest: Latest[Array] = Latest()
    wrong: list[Array] = []

    def ask() -> None:
        own = np.ones(2)
        for _ in range(2000):
            found = latest.at({"a": own}, lambda: own)
            if found is not own:
                wrong.append(found)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
