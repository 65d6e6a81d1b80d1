"""A damaged run opens right or is refused with one error; nothing crashes, hangs or grows."""

from pathlib import Path

import pytest

from ebana_core import Run
from ebana_core.storage import probe
from tests.support.corruption import DAMAGES, OPENED, REFUSED, Content, content, damage, examine
from tests.support.runs import small_fit

N_PER_TEST = 13


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run.h5"
    small_fit(path, 20)
    return path


@pytest.fixture(scope="module")
def right(whole: Path) -> Content:
    with Run.open(whole) as run:
        return content(run)


@pytest.mark.parametrize("kind", range(len(DAMAGES)), ids=[d.__name__ for d in DAMAGES])
def test_damage_is_survived(whole: Path, right: Content, tmp_path: Path, kind: int) -> None:
    found = set()
    for number in range(N_PER_TEST):
        path = tmp_path / f"{number}.h5"
        damage(whole, path, kind + number * len(DAMAGES))
        found.add(examine(path, right))
    assert found <= {OPENED, REFUSED}


def test_a_whole_copy_opens(whole: Path, right: Content) -> None:
    assert examine(whole, right) == OPENED


def test_a_system_that_limits_no_memory_is_looked_through_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource", reason="this system has no limits of resources")
    asked: list[int] = []

    def refuse(kind: int, bounds: tuple[int, int]) -> None:
        asked.append(kind)
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    probe._limit_memory()
    assert len(asked) == 2
