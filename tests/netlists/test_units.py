"""Quantities of PySpice as settings of layers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer, TransistorNetworkLayer
from ebana_diode_mos.measured import checked_points
from ebana_memristor import Measured, MeasuredPulses, Pulses, Sinh, Wires
from PySpice.Unit import u_A, u_GΩ, u_K, u_kΩ, u_mV, u_nA, u_uA, u_um, u_uS, u_V, u_Ω

from ebana_core import Model
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError, ParameterError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    SenseLayer,
    SimplexVoltageLayer,
    SpiceBlock,
)
from ebana_core.losses import MSE
from ebana_core.optimizers import SGD

DIVIDER = ".subckt d a b\nR1 a b 1k\nR2 b 0 1k\n.ends"
BIAS = {"name": "b", "units": 2}
BLOCK = {"name": "q", "subcircuit": DIVIDER, "inputs": "a"}
AMPLIFIER = {"name": "g", "param": {"gain": 2.0}}
DIODE = {"name": "q", "direction": "up"}

GIVEN: dict[str, tuple[type, Callable[[Any], dict[str, Any]], Any, Any, Any]] = {
    "initializer": (
        RandomUniform, lambda g: {"init_low": g, "init_high": 1.0}, 10 @ u_uS, 1e-5, 10 @ u_kΩ
    ),
    "bias": (BiasVoltageLayer, lambda v: {**BIAS, "bias_voltage": v}, 300 @ u_mV, 0.3, 1 @ u_A),
    "biases": (
        BiasVoltageLayer,
        lambda v: {**BIAS, "bias_voltage": v},
        [1, 2] @ u_V,
        [1.0, 2.0],
        [1 @ u_V, 2 @ u_Ω],
    ),
    "array": (
        BiasVoltageLayer,
        lambda v: {**BIAS, "bias_voltage": v},
        u_mV(np.array([1.0, 2.0])),
        (0.001, 0.002),
        u_nA(np.array([1.0, 2.0])),
    ),
    "current": (
        DCCurrentLayer, lambda i: {"name": "i", "bias_current": i}, 2 @ u_uA, 2e-6, 2 @ u_V
    ),
    "source": (
        InputVoltageLayer,
        lambda r: {"name": "x", "units": 1, "source_resistance": r},
        1 @ u_kΩ, 1e3, 1 @ u_V,
    ),
    "range": (
        InputVoltageLayer,
        lambda v: {"name": "x", "units": 1, "dac_bits": 4, "dac_range": (v, 2.0)},
        -1 @ u_V, -1.0, -1 @ u_A,
    ),
    "sense": (
        SenseLayer, lambda r: {"name": "y", "sense_resistance": r}, 1 @ u_GΩ, 1e9, 1 @ u_uS
    ),
    "shift": (
        AmplificationLayer,
        lambda v: {**AMPLIFIER, "param": {"gain": 2.0, "shift": v}},
        10 @ u_mV, 0.01, 1 @ u_Ω,
    ),
    "input resistance": (
        AmplificationLayer,
        lambda r: {**AMPLIFIER, "input_resistance": r},
        10 @ u_kΩ, 1e4, 1 @ u_V,
    ),
    "saturation": (
        AmplificationLayer,
        lambda v: {**AMPLIFIER, "saturation": (-1.0, v)},
        10 @ u_mV, 0.01, 1 @ u_Ω,
    ),
    "diode": (
        DiodeLayer,
        lambda r: {**DIODE, "param": {"RON": r, "VTH": 0.1, "ROFF": 1e9}},
        2 @ u_kΩ, 2e3, 2 @ u_uS,
    ),
    "temperature": (
        DiodeLayer,
        lambda t: {**DIODE, "kind": "real", "param": {"temperature": t}},
        310 @ u_K, 310.0, 310 @ u_V,
    ),
    "limits": (
        BiasVoltageLayer,
        lambda v: {**BIAS, "bias_voltage": 0.0, "limits": {"bias_voltage": (v, 1.0)}},
        -1 @ u_V, -1.0, -1 @ u_A,
    ),
    "supplies": (SpiceBlock, lambda v: {**BLOCK, "supplies": {"b": v}}, 1 @ u_V, 1.0, 1 @ u_A),
    "block": (
        SpiceBlock,
        lambda r: {**BLOCK, "outputs": "b", "param": {"r1": r}},
        2 @ u_kΩ, 2e3, 2 @ u_V,
    ),
    "window": (Sinh, lambda g: {"window": (g, 1e-4)}, 2 @ u_uS, 2e-6, 2 @ u_V),
    "bend": (Sinh, lambda v: {"V0": v}, 300 @ u_mV, 0.3, 2 @ u_Ω),
    "pulses": (Pulses, lambda v: {"voltage": (v, 1.0)}, 300 @ u_mV, 0.3, 2 @ u_Ω),
    "gates": (
        TransistorCrossbarLayer,
        lambda v: {"name": "t", "units": 2, "initializer": v},
        2 @ u_V, 2.0, 2 @ u_Ω,
    ),
    "gate bounds": (
        TransistorCrossbarLayer,
        lambda v: {"name": "t", "units": 2, "initializer": 0.5, "lower": v, "upper": 3.0},
        -1 @ u_V, -1.0, 2 @ u_Ω,
    ),
    "gate steps": (
        TransistorCrossbarLayer,
        lambda v: {"name": "t", "units": 2, "initializer": 0.5, "max_step": v},
        10 @ u_mV, 0.01, 2 @ u_Ω,
    ),
    "transistor sizes": (
        TransistorCrossbarLayer,
        lambda w: {"name": "t", "units": 2, "initializer": 0.5, "param": {"W": w}},
        20 @ u_um, 2e-5, 2 @ u_V,
    ),
    "table voltages": (
        DiodeLayer,
        lambda v: {**DIODE, "kind": "table", "voltages": [0.0, v], "currents": [0.0, 1e-6]},
        300 @ u_mV, 0.3, 2 @ u_A,
    ),
    "table currents": (
        DiodeLayer,
        lambda i: {**DIODE, "kind": "table", "voltages": [0.0, 1.0], "currents": [0.0, i]},
        2 @ u_uA, 2e-6, 2 @ u_V,
    ),
    "cell voltages": (
        Measured,
        lambda v: {"voltages": [-1.0, v], "currents": [-1e-6, 1e-6]},
        300 @ u_mV, 0.3, 2 @ u_A,
    ),
    "cell currents": (
        Measured,
        lambda i: {"voltages": [-1.0, 1.0], "currents": [-1e-6, i]},
        2 @ u_uA, 2e-6, 2 @ u_V,
    ),
    "measured pulses": (
        MeasuredPulses,
        lambda g: {"up": [1e-6, g], "down": [g, 1e-6]},
        20 @ u_uS, 2e-5, 2 @ u_V,
    ),
    "wires": (Wires, lambda r: {"row": r}, 2 @ u_Ω, 2.0, 2 @ u_V),
    "body": (
        TransistorNetworkLayer,
        lambda r: {
            "name": "t", "branches": [("a", "b")], "inputs": ["a"], "outputs": ["b"],
            "model": {"type": "nmos"}, "body_resistance": r, "initializer": 0.5, "body": "floating",
        },
        2 @ u_Ω, 2.0, 2 @ u_V,
    ),
}  # fmt: skip
"""Class, settings by one of them, that one with a unit, as a number, and with a wrong unit."""


@pytest.mark.parametrize("case", GIVEN)
def test_a_quantity_counts_as_its_number_in_the_unit_of_the_setting(case: str) -> None:
    kind, settings, quantity, number, _ = GIVEN[case]
    assert repr(kind(**settings(quantity))) == repr(kind(**settings(number)))


@pytest.mark.parametrize("case", GIVEN)
def test_another_unit_is_refused_by_its_name(case: str) -> None:
    kind, settings, _, _, wrong = GIVEN[case]
    with pytest.raises(ParameterError, match=r"whose unit is (ohm|V|A|S)\."):
        kind(**settings(wrong))


def test_numbers_of_a_table_keep_what_they_say_with_a_unit() -> None:
    layer = DiodeLayer(
        **DIODE, kind="table", voltages=u_mV(np.array([0.0, 500.0])), currents=[0, 2 @ u_uA]
    )
    assert layer.law == checked_points("A table", [0.0, 0.5], [0.0, 2e-6])
    cell = Measured(voltages=u_mV(np.array([-500.0, 500.0])), currents=[-2 @ u_uA, 2 @ u_uA])
    assert cell.law == Measured(voltages=[-0.5, 0.5], currents=[-2e-6, 2e-6]).law


def test_a_product_of_units_is_refused_where_a_pure_number_is_wanted() -> None:
    with pytest.raises(ParameterError, match=r"whose unit is m\^4"):
        AmplificationLayer(name="g", param={"gain": (2 @ u_V) * (1 @ u_V)})


@pytest.mark.parametrize(
    "make",
    [
        lambda q: DenseLayer(name="d", units=2, lr=q, initializer=RandomUniform(1e-6, 1e-5)),
        lambda q: DenseLayer(name="d", units=q, initializer=RandomUniform(1e-6, 1e-5)),
        lambda q: MSE(output_midpoint=q),
        lambda q: DataSet({"x": [[q]]}),
        lambda q: DataSet({"x": u_V(np.array([[1.0]]))}),
        lambda q: DataSet({"x": np.array([[q]])}),
        lambda q: AmplificationLayer(name="g", param={"gain": q}),
    ],
)
def test_what_has_no_unit_refuses_all_of_them(make: Callable[[Any], Any]) -> None:
    with pytest.raises(EbanaError):
        make(3 @ u_V)


def network(in_units: bool) -> Model:
    volts, ohms, siemens = (300 @ u_mV, 1 @ u_kΩ, 10 @ u_uS) if in_units else (0.3, 1e3, 1e-5)
    x = InputVoltageLayer(name="x", units=2, source_resistance=ohms)
    rail = {"vdd": volts, "initializer": RandomUniform(1e-6, siemens), "trainable": False}
    s = SimplexVoltageLayer(name="s", **rail)
    d = DenseLayer(name="d", units=2, initializer=RandomUniform(1e-6, siemens), lr=1e-9)(x)
    param = {"VTH": volts, "RON": ohms, "ROFF": 1e9}
    learning = {"trainable": True, "lr": 1e-3}
    q = DiodeLayer(name="q", direction="down", bias_voltage=volts, param=param, **learning)(s(d))
    return Model(
        inputs=[x],
        outputs=[CurrentLayer(name="y")(q)],
        seed=0,
        gmin=1e-6 @ u_uS if in_units else 1e-12,
    )


def test_a_network_in_units_solves_trains_and_is_saved_as_one_in_numbers(tmp_path: Path) -> None:
    data = DataSet({"x": [[0.5, -0.2], [0.9, 0.4]]}, {"y": [[0.1], [0.2]]})
    ends = []
    for in_units in (True, False):
        model = network(in_units)
        assert model.gmin == 1e-12
        model.fit(BatchGenerator(data), MSE(), SGD(model), epochs=2, beta=1e-6)
        path = tmp_path / f"{in_units}.h5"
        model.save(path)
        ends.append(Model.load(path).predict(data)["y"])
    assert (ends[0] == ends[1]).all()


def test_rails_are_checked_where_the_network_is_assembled() -> None:
    layer = SimplexVoltageLayer(name="s", vdd=1 @ u_Ω, initializer=RandomUniform(1e-6, 1e-5))
    x = InputVoltageLayer(name="x", units=2)
    d = DenseLayer(name="d", units=2, initializer=RandomUniform(1e-6, 1e-5))(x)
    with pytest.raises(ParameterError, match="whose unit is ohm"):
        Model(inputs=[x], outputs=[CurrentLayer(name="y")(layer(d))])
