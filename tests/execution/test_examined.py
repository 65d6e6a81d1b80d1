"""Batches that any machine can hold are looked at once for their memory, all others every time."""

import pytest

from ebana_core import Model, memory
from ebana_core.backends import NativeBackend
from ebana_core.errors import NotEnoughMemoryError
from ebana_core.execution import batch_memory
from ebana_core.execution.batch_memory import LIGHT, MARGIN, Examined
from ebana_core.execution.work import Solve
from ebana_core.memory import UNCHECKED
from tests.support.networks import layered_model

WIDTH = 400


@pytest.fixture
def model() -> Model:
    return layered_model((WIDTH, 20, 4), (4.0,), seed=0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the sizes of batches whose memory was estimated so far."""
    seen: list[int] = []
    estimate = batch_memory.batch_memory

    def counting(*args: object) -> int:
        seen.append(args[-1])  # type: ignore[arg-type]  # the number of samples
        return estimate(*args)  # type: ignore[arg-type]  # what it takes

    monkeypatch.setattr(batch_memory, "batch_memory", counting)
    return seen


def require(model: Model, examined: Examined, n_samples: int, *, is_nudged: bool = False) -> None:
    simulator = model.simulator(NativeBackend())
    work, compiled = Solve(is_nudged=is_nudged), model.network.compiled
    examined.require(work, simulator, compiled, model.parameters, n_samples)


def test_batches_that_are_alike_are_looked_at_once(model: Model, asked: list[int]) -> None:
    examined, n_samples = Examined(), LIGHT // WIDTH + 1
    for _ in range(3):
        require(model, examined, n_samples)
    assert set(asked) == {n_samples}
    # Another kind of work, then another size.
    for size in (n_samples, n_samples + 1):
        n_asked = len(asked)
        require(model, examined, size, is_nudged=True)
        assert set(asked[n_asked:]) == {size}


def test_large_ones_are_refused_whenever_memory_is_short(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined = Examined()
    # Every sample takes eight bytes at each of its inputs at least.
    n_samples = UNCHECKED // (8 * WIDTH)
    assert MARGIN > 1
    monkeypatch.setattr(memory, "available_memory", lambda: 2**50)
    require(model, examined, n_samples)
    monkeypatch.setattr(memory, "available_memory", lambda: 2**20)
    with pytest.raises(NotEnoughMemoryError, match=f"A batch of {n_samples} samples"):
        require(model, examined, n_samples)
