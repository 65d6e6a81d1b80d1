"""Junctions driven far beyond their breakdown."""

from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from scipy.optimize import brentq

from ebana_core import Model, initializers
from ebana_core.laws.diode_numbers import DiodeNumbers
from ebana_core.laws.junction import Junction
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer


def diode(card: dict[str, float], conductance: float, folder: Path) -> Model:
    """Return a diode to ground behind a conductance."""
    path = folder / "m.lib"
    path.write_text(f".model m d({' '.join(f'{key}={card[key]!r}' for key in card)})\n")
    x = InputVoltageLayer(units=1, name="x")
    given = initializers.Given(np.array([[conductance]]))
    d = DenseLayer(units=1, name="d", initializer=given)(x)
    param = {"model_name": "m", "path": str(path)}
    q = DiodeLayer(name="q", kind="real", direction="down", param=param)(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(q)], seed=0)


def voltage(card: dict[str, float], conductance: float, drive: float) -> float:
    """Return the diode's voltage by bisection on the drop of its junction alone, V."""
    law = Junction(DiodeNumbers(bv=card["bv"], ibv=card["ibv"]))
    values = {"IS": card["is"], "N": card["n"], "RS": 0.0, "temperature": 300.15}
    arrays = {name: np.array(value) for name, value in values.items()}

    def missing(drop: float) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            current = float(law.current(np.array(drop), arrays))
        return current * (1 + conductance * card["rs"]) - conductance * (drive - drop)

    low, high = min(drive, 0.0) - 1e-9, max(drive, 0.0) + 1e-9
    drop = brentq(missing, low, high, xtol=1e-300, rtol=1e-15)
    return float(drop + card["rs"] * conductance * (drive - drop) / (1 + conductance * card["rs"]))


@pytest.mark.parametrize("seed", range(12))
def test_breakdown_of_any_size_is_solved_behind_any_conductance(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without last resorts: Newton's method and limited steps find it alone."""
    monkeypatch.setattr("ebana_core.backends.native.search.by_last_resorts", _refused)
    rng = np.random.default_rng(seed)

    def decades(low: float, high: float) -> float:
        return float(10 ** rng.uniform(np.log10(low), np.log10(high)))

    card = {"is": decades(1e-17, 1e-6), "n": float(rng.uniform(1, 2)), "bv": decades(5, 5000)}
    card |= {"rs": decades(1e-4, 10) if seed % 4 else 0.0, "ibv": decades(1e-7, 0.1)}
    conductance = decades(1e-6, 1.0)
    drives = card["bv"] * np.array([-2.0, -1.2, -1.001, -0.999, -0.5, 0.01, 0.5, 2.0])
    model = diode(card, conductance, tmp_path)
    found = model.operating_points({"x": drives[:, None]}).at("q")[:, 0]
    right = [voltage(card, conductance, drive) for drive in drives.tolist()]
    # The residual's tolerance of 1e-12, over what rounding leaves of kilovolts.
    assert found == pytest.approx(right, rel=1e-12, abs=1e-12)


def _refused(_phase: object, _factor: object, outcome: object, **_: object) -> object:
    return outcome
