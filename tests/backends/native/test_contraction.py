"""Ideal sources inside of blocks are no unknowns of the search, and their currents are found."""

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.backends.factors import Pattern
from ebana_core.backends.native import search, starts
from ebana_core.backends.native.contraction import Contraction
from ebana_core.data import DataSet
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from ebana_core.rules import Adjoint, EquilibriumPropagation

X = np.random.default_rng(1).uniform(-1, 1, (9, 4))
WHOLE = NativeBackend(method="multi_terminal")
DIODES = """
.model dx D (IS=1e-9 N=1.2 RS=10)
.model dy D (IS=1e-12)
"""
BLOCKS = {
    "biased diodes": "D1 a k dx\nV1 k 0 0.1\nD2 low a dx\nV2 low 0 -0.1\nR1 a vdd 10Meg",
    "parallel diodes": "D1 a 0 dx\nD2 a 0 dx\nD3 0 a dy\nR1 a m 1Meg\nVm m vdd 0",
    "current sources": "I1 a 0 50n\nD1 a b dx\nVb b c 0\nI2 0 c 20n\nR1 c 0 1Meg\nR2 a vdd 2Meg",
    "a chain of sources": "V1 a b 0.05\nV2 b c 0.02\nD1 c 0 dx\nR1 b 0 1Meg\nR2 c vdd 3Meg",
    "a source that floats": "R1 a p 100k\nV1 p q 0.2\nD1 q 0 dx\nR2 p 0 1Meg\nR3 vdd q 5Meg",
    "a source across a resistor": "R1 a p 100k\nR2 p q 1k\nV1 p q 0.1\nD1 q 0 dx\nR3 vdd q 5Meg",
    "a current that steers": "V1 a m 0\nD1 m 0 dx\nF1 vdd 0 V1 0.1\nR1 m vdd 1Meg",
    "a source across ports": "D1 a k dx\nV1 k vdd -0.3\nR1 k a 1Meg\nV2 vdd v 0\nR2 v 0 1Meg",
    "a subcircuit inside": "X1 a vdd inner\nD2 0 a dy",
    "a transistor": "M1 vdd a s 0 nm W=4u L=1u\nVs s t 0\nR1 t 0 100k\nR2 t a 1Meg",
}
AROUND = {
    "a subcircuit inside": ".subckt inner a b\nVs a m 0.05\nD1 m b dx\nR1 m b 1Meg\n.ends\n",
    "a transistor": ".model nm NMOS (LEVEL=1 VTO=0.1 KP=2e-4 LAMBDA=0.02)\n",
}


def network(kind: str, trainable: tuple[str, ...] = ()) -> Model:
    """Return a network whose blocks stand behind a crossbar and in front of an amplifier."""
    text = f"{AROUND.get(kind, '')}.subckt s a vdd\n{BLOCKS[kind]}\n.ends\n{DIODES}"
    init = RandomUniform(1e-7, 1e-5)
    x = InputVoltageLayer(units=4, name="x")
    hidden = DenseLayer(units=3, name="d1", initializer=init)(x)
    gained = AmplificationLayer(name="amp", param={"gain": 3.0})(hidden)
    block = SpiceBlock(
        name="act",
        subcircuit=text,
        subcircuit_name="s",
        inputs="a",
        supplies={"vdd": 0.5},
        trainable=trainable,
        lr=dict.fromkeys(trainable, 1.0),
    )(gained)
    last = DenseLayer(units=2, name="d2", initializer=init)(block)
    return Model([x], [CurrentLayer(name="y", fold=False)(last)], seed=0)


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize(
    "other",
    [WHOLE, pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice)],
    ids=["whole", "ngspice"],
)
def test_voltages_inside_and_all_currents_are_those_of_the_whole_equations(
    kind: str, other: NativeBackend | NgspiceBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network(kind)
    expected = model.operating_points({"x": X}, other)
    if kind != "a current that steers":  # which may have several points, and is examined

        def never(*_: object, **__: object) -> None:
            raise AssertionError("the interpreted search was asked")

        monkeypatch.setattr(starts, "by_limited_steps", never)
        monkeypatch.setattr(search, "newton", never)
    found = model.operating_points({"x": X})
    assert found.residual <= 1e-12
    # Volts and amperes, at every node of the block: rounding of 1 V, and of it times microsiemens.
    voltages, others = found.free_voltages, expected.free_voltages
    assert voltages == pytest.approx(others, rel=1e-10, abs=1e-12)
    for name, current in found.currents("act").items():
        assert current == pytest.approx(expected.currents("act")[name], rel=1e-9, abs=1e-15)
    assert found.power("act") == pytest.approx(expected.power("act"), rel=1e-9, abs=1e-15)


@pytest.mark.ngspice
@pytest.mark.parametrize("kind", BLOCKS)
def test_ngspice_finds_the_same_by_itself(kind: str) -> None:
    model = network(kind)
    raw = model.simulator(NgspiceBackend()).as_found(model.parameters.snapshot(), {"x": X})
    # ngspice stops at a picovolt and at 1e-10 of its voltages.
    assert np.abs(model.operating_points({"x": X}).voltages - raw.voltages).max() <= 1e-8


@pytest.mark.parametrize("rule", [EquilibriumPropagation(beta=1e-6, variant="centered"), Adjoint()])
def test_gradients_of_what_blocks_train_are_those_of_the_whole_equations(
    rule: EquilibriumPropagation | Adjoint,
) -> None:
    model = network("biased diodes", ("v1", "v2", "r1"))
    data = DataSet({"x": X}, {"y": np.zeros((len(X), 2))})
    loss = losses.MSE(output_midpoint=0.0)
    found, expected = (model.gradients(data, loss, rule, backend=b) for b in ("native", WHOLE))
    assert {"act.v1", "act.r1", "d1.conductance"} <= found.keys()
    for name, gradient in found.items():
        # Changes of currents by a nudge, whose rounding is that of the free phase.
        assert gradient == pytest.approx(expected[name], rel=1e-7, abs=1e-25), name


@pytest.mark.parametrize(
    "lines",
    ["V1 a k 0.1\nV2 a k 0.2\nD1 k 0 dx", "V1 k 0 0.1\nV2 k 0 0.1\nD1 a k dx"],
    ids=["contradiction", "twice the same"],
)
def test_loops_of_sources_are_refused_in_the_words_of_the_whole_equations(lines: str) -> None:
    BLOCKS["loop"] = lines + "\nR1 a vdd 1Meg"
    try:
        model = network("loop")
    finally:
        del BLOCKS["loop"]
    problems = []
    for backend in (NativeBackend(), WHOLE):
        with pytest.raises(EbanaError) as refused:
            model.operating_points({"x": X}, backend)
        problems.append(str(refused.value))
    assert problems[0] == problems[1]


def test_what_closes_a_loop_stays_an_unknown() -> None:
    # Nodes 0, 1 and the currents 2, 3 of two sources between them, and 4 of one against ground.
    ends = [(2, 0), (2, 1), (3, 0), (3, 1), (4, 1)]
    rows, columns = np.array([*ends, *((b, a) for a, b in ends), (0, 0), (1, 1)]).T
    pattern = Pattern(rows, columns, (5, 5))
    found = Contraction(pattern, np.array([False, False, True, True, True]))
    assert found.left.sum() == 2
    assert len(found.kept) == 1
    assert found.left[4]
