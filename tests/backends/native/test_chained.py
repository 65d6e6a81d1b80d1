"""Wired crossbars of cells that bend, solved along their chains: what factors and ngspice find."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import Sinh, Wires

from ebana_core.backends import NativeBackend
from ebana_core.backends.native import together
from ebana_core.backends.native.solvers.chained_steps import ChainedSteps
from ebana_core.data import DataSet
from tests.support.graphs import SHOCKLEY
from tests.support.wired import WINDOW, driven, nudge, wired_layers

RIGHT = 1e-12
"""Imbalance up to which a point is right in float64."""
SINH = Sinh(window=WINDOW)

BENT: list[dict[str, Any]] = [
    {"widths": (20, 24), "last": None},
    {"widths": (30, 11)},
    {"widths": (9, 16, 20, 3), "diode": SHOCKLEY},
    {"widths": (12, 16, 15), "wires": Wires(200.0, 0.5)},
]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("case", BENT, ids=str)
def test_cells_that_bend_stand_where_sparse_factors_put_them(
    case: dict[str, Any], compiled: bool
) -> None:
    model = wired_layers(**case, cell=SINH)
    backend = NativeBackend(compiled=compiled)
    assert backend.explain(model).method == "chained"
    found = model.operating_points(driven(model), backend, nudge=nudge(model))
    expected = model.operating_points(
        driven(model), NativeBackend(method="sparse"), nudge=nudge(model)
    )
    assert model.operating_points(driven(model), backend).residual <= RIGHT
    # Ten roundings of a wire's 0.5 S, at a column that 1e-4 S in all hold.
    assert found.free_voltages == pytest.approx(expected.free_voltages, rel=0, abs=1e-11)
    size = np.abs(expected.change).max()
    assert found.change == pytest.approx(expected.change, rel=0, abs=1e-9 * size)


def test_compiled_code_finishes_crossbars_of_cells_that_bend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = wired_layers((20, 24), cell=SINH)
    left, solve = [], ChainedSteps.solve

    def watched(*given: Any) -> Any:
        left.append(found := solve(*given))
        return found

    monkeypatch.setattr(ChainedSteps, "solve", watched)
    model.operating_points(driven(model), NativeBackend(compiled=True), nudge=nudge(model))
    assert [len(found.samples) for found in left] == [0, 0]


@pytest.mark.ngspice
@pytest.mark.parametrize("case", BENT[:2], ids=str)
def test_ngspice_agrees_on_cells_that_bend(case: dict[str, Any]) -> None:
    model = wired_layers(**case, cell=SINH)
    ours, reference = (model.operating_points(driven(model, 2), b) for b in ("native", "ngspice"))
    size = np.abs(reference.node_voltages).max()
    assert ours.node_voltages == pytest.approx(reference.node_voltages, rel=0, abs=1e-8 * size)


def test_batches_in_parts_are_those_of_single_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    model = wired_layers((12, 18), cell=SINH)
    backend, inputs, injected = NativeBackend(method="chained"), driven(model, 7), nudge(model, 7)
    whole = model.operating_points(inputs, backend, nudge=injected)
    monkeypatch.setattr(together, "TOGETHER", 2 * 500)
    parts = model.operating_points(inputs, backend, nudge=injected)
    assert np.array_equal(parts.node_voltages, whole.node_voltages)
    assert np.array_equal(parts.change, whole.change)
    free = model.operating_points(inputs, backend)
    assert np.array_equal(model.predict(DataSet(inputs), backend)["y"], free.predictions()["y"])
