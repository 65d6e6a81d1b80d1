"""Networks of transistors: arrays of devices, sparse Jacobians, and a search in compiled code."""

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.backends.determinants import Determinants
from ebana_core.backends.linearized import Linearized
from ebana_core.backends.native import search, starts
from ebana_core.laws.tables import TRANSISTOR_NUMBERS
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from tests.support.transistors import torus, transistor_model, transistor_text

X = np.random.default_rng(3).uniform(-0.5, 1.0, (7, 3))
MIXED = """.subckt mixed a b y
M1 a g1 u 0 nm W=20u L=2u
M2 y g2 u vdd pm W=40u L=2u
M3 y a 0 0 nm W=5u L=1u
M4 u y y 0 nm W=3u L=1u M=2
VG1 g1 0 2.5
VG2 g2 0 0.3
VDD vdd 0 1.8
D1 b y dx
D2 0 u dx
D3 y mid dy
R1 mid b 2k
E1 w 0 y u 0.5
R2 w b 30k
R3 y 0 1MEG
F1 u 0 VG1 0.1
.model nm NMOS (LEVEL=1 VTO=0.6 KP=50u GAMMA=0.4 PHI=0.7 LAMBDA=0.05 RSH=40)
.model pm PMOS (LEVEL=1 VTO=-0.7 KP=20u GAMMA=0.5 PHI=0.7 LAMBDA=0.08 RD=100)
.model dx D (IS=1e-12 N=1.3 RS=20)
.model dy D (IS=1e-10)
.ends
"""


def grid(side: int = 4, more: str = "") -> Model:
    return transistor_model(transistor_text(torus(side), 3, 1, more=more), 3, 1)


def mixed() -> Model:
    x = InputVoltageLayer(units=3, name="x", source_resistance=1e4)
    block = SpiceBlock(name="net", subcircuit=MIXED, inputs=("a", "b", "y"))(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(block)], seed=0)


NETWORKS = pytest.mark.parametrize(
    "model", [grid(), grid(more="RSH=80"), mixed()], ids=["grid", "series resistances", "mixed"]
)


@NETWORKS
@pytest.mark.parametrize(
    "other",
    [
        NativeBackend(method="multi_terminal"),
        NativeBackend(compiled=False),
        pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice),
    ],
    ids=["dense", "interpreted", "ngspice"],
)
def test_compiled_code_finds_what_others_find(
    model: Model, other: NativeBackend | NgspiceBackend
) -> None:
    nudge = {"y": np.full((len(X), *model.network.shapes["y"]), 1e-7)}
    found = model.operating_points({"x": X}, NativeBackend(), nudge=nudge)
    expected = model.operating_points({"x": X}, other, nudge=nudge)
    assert found.residual <= 1e-12
    # Rounding of 1 V on nodes that 0.1 uS holds; ngspice is polished to our laws.
    assert found.free_voltages == pytest.approx(expected.free_voltages, rel=1e-10, abs=1e-12)
    if isinstance(other, NativeBackend):
        assert found.change == pytest.approx(expected.change, rel=1e-7, abs=1e-13)


def test_without_compiled_code_large_networks_are_factored_by_superlu() -> None:
    model, plain = grid(10), NativeBackend(compiled=False)
    assert plain.explain(model).method == "terminal_sparse"
    found, expected = (model.operating_points({"x": X[:2]}, b) for b in (plain, NativeBackend()))
    assert found.free_voltages == pytest.approx(expected.free_voltages, rel=1e-10, abs=1e-12)


@NETWORKS
@pytest.mark.ngspice
def test_the_laws_of_arrays_are_those_of_ngspice(model: Model) -> None:
    found = model.operating_points({"x": X})
    simulator = model.simulator(NgspiceBackend())
    raw = simulator.as_found(model.parameters.snapshot(), {"x": X})
    # ngspice stops at a picovolt and at 1e-10 of its voltages.
    assert np.abs(found.voltages - raw.voltages).max() <= 1e-8


@NETWORKS
def test_compiled_code_solves_all_by_itself(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the comparisons above would compare the interpreted search with itself."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the interpreted search was asked")

    monkeypatch.setattr(starts, "by_limited_steps", never)
    monkeypatch.setattr(search, "newton", never)
    assert model.operating_points({"x": X}).residual <= 1e-12


def test_transistors_of_many_sizes_are_one_array() -> None:
    rng = np.random.default_rng(0)
    lines = [
        f"M{k} a g{k} b 0 nm W={rng.uniform(2, 40):.4g}u L={rng.uniform(1, 4):.4g}u\n"
        f"VG{k} g{k} 0 {rng.uniform(0, 3):.4g}"
        for k in range(20)
    ]
    card = ".model nm NMOS (LEVEL=1 VTO=0.6 KP=50u GAMMA=0.4 PHI=0.7)"
    text = "\n".join([".subckt s a b", *lines, card, ".ends"])
    law = SpiceBlock(name="net", subcircuit=text, inputs=("a", "b")).law
    tables = law.tables
    assert tables is not None
    assert tables.transistors.numbers.shape == (20, TRANSISTOR_NUMBERS)
    values = {item.name: np.array(item.default) for item in law.values}
    voltages = rng.uniform(0, 1, (3, 2, law.n_terminals))  # no junction conducts
    state = law.at(voltages, values)
    step = 1e-7
    for k in range(4):  # ports, and the nodes behind their ammeters
        moved = step * (np.arange(law.n_terminals) == k)
        above, below = (law.at(voltages + s * moved, values).currents for s in (1, -1))
        # A central difference over 0.1 uV of currents of 1 mA.
        slopes = state.slopes.dense()[..., k]
        assert (above - below) / (2 * step) == pytest.approx(slopes, rel=1e-5, abs=1e-8)


def test_signs_of_determinants_are_those_of_dense_matrices() -> None:
    points = mixed().operating_points({"x": X})
    linearized = Linearized(points)
    n = linearized.n_unknowns
    rng = np.random.default_rng(0)
    masses = [np.zeros((len(X), n)), rng.uniform(-1, 1, (len(X), n))]
    found = Determinants().signs(linearized, np.ones(n), masses)
    assert found is not None
    for signs, mass in zip(found, masses, strict=True):
        matrices = linearized.matrix.dense().copy()
        np.einsum("sii->si", matrices)[...] += mass
        expected = np.linalg.slogdet(matrices)[0]
        is_known = np.isfinite(signs)
        assert is_known.mean() > 0.5
        assert (signs[is_known] == expected[is_known]).all()


def test_a_sample_that_compiled_code_leaves_is_solved_all_the_same() -> None:
    model = mixed()
    expected = model.operating_points({"x": X}).free_voltages
    few = NativeBackend(max_iterations=5)  # too few to come near by limited steps
    assert model.operating_points({"x": X}, few).free_voltages == pytest.approx(
        expected, rel=1e-9, abs=1e-11
    )
