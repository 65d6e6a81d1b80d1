"""Settings of a block: names as the netlist writes them, and what is refused by name."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.errors import (
    CircuitError,
    EbanaError,
    ModelError,
    ParameterError,
    ShapeError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from tests.support.clippers import EVERYTHING, block, network


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"outputs": ()}, ModelError, r"the ports of 'clipper' are \['a', 'b'\]"),
        ({"inputs": ("a", "z")}, ModelError, r"inputs=\['a', 'z'\]"),
        ({"inputs": ("a", "b")}, ModelError, "name each port once"),
        ({"supplies": {"b": 1.0}}, ModelError, "name each port once"),
        ({"inputs": None}, ModelError, r"inputs=\[\]"),
        ({"inputs": 5}, ModelError, r"inputs=\['5'\]"),
        ({"param": {"r9": 1.0}}, ParameterError, "param key 'r9'"),
        ({"param": {"R1": 1.0, "r1": 2.0}}, ParameterError, "'R1', 'r1'"),
        ({**EVERYTHING, "supplies": {"VDD": 1.0, "vdd": 2.0}}, ParameterError, "'VDD', 'vdd'"),
        ({**EVERYTHING, "supplies": {"vdd": "x"}}, ParameterError, r"supplies\['vdd'\]='x'"),
        ({**EVERYTHING, "supplies": 1.0}, ParameterError, "supplies=1.0"),
        ({"trainable": ("c1",)}, ParameterError, "trainable of 'c1'"),
        ({**EVERYTHING, "trainable": ("eamp",)}, ParameterError, "no local rule"),
        ({**EVERYTHING, "supplies": {"vdd": np.inf}}, ParameterError, r"supplies\['vdd'\]=inf"),
    ],
)
def test_bad_settings_are_named(settings: Any, error: type[EbanaError], match: str) -> None:
    with pytest.raises(error, match=match):
        block(**settings)


@pytest.mark.parametrize(
    ("own", "value"),
    [("r1", -1.0), ("r1", 0.0), ("r1", 1e-6), ("c1", -1e-12)],
)
def test_values_out_of_range_are_refused(own: str, value: float) -> None:
    with pytest.raises(ParameterError, match=rf"act.{own} is {value!r}"):
        network(block(param={own: value}))


def test_names_may_be_written_as_in_the_netlist() -> None:
    own = block(
        trainable=("R1", "Vup"),
        lr={"R1": 1e9, "VUP": 1.0},
        max_step={"VUP": 0.1},
        limits={"VUP": (0.0, 1.0)},
        param={"R1": 9e3},
    )
    assert own.trained_names == ("r1", "vup")
    assert own.lr == {"r1": 1e9, "vup": 1.0}
    model = network(own)
    assert model.parameters["act.r1"] == 9e3


@pytest.mark.ngspice
@pytest.mark.parametrize("name", ["driven", "fed", "check"])
def test_blocks_of_any_name_are_checked(name: str) -> None:
    assert block(name).check(2)


@pytest.mark.parametrize("settings", [(0,), (4, np.nan), (4, 0.0), (4, np.inf)])
def test_checks_of_nothing_are_refused(settings: tuple[Any, ...]) -> None:
    with pytest.raises(ParameterError, match=r"check of 'act' has (n_samples=0|amplitude=)"):
        block().check(*settings)


@pytest.mark.ngspice
def test_a_check_says_that_circuits_may_have_several_solutions() -> None:
    latch = (
        ".subckt s a b\nE1 x 0 value={1-2*tanh(5*v(b)-2.5)/2}\nR1 x a 1k\n"
        "E2 y 0 value={1-tanh(5*v(a)-2.5)}\nR2 y b 1k\n.ends"
    )
    checked = block(subcircuit=latch, inputs=("a", "b"), outputs=()).check(64)
    assert not checked
    assert "It has several operating points" in str(checked)


def test_nodes_that_do_not_fit_are_refused() -> None:
    two = ".subckt s a b\nR1 a b 1k\n.ends"
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=3, name="d", initializer=RandomUniform(1e-5, 1e-4))(x)
    pair = block(subcircuit=two, inputs=("a", "b"), outputs=())(dense)
    with pytest.raises(ShapeError, match="is fed by 3 nodes"):
        Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(pair)])


def test_a_node_that_nothing_holds_is_refused() -> None:
    text = ".subckt s a\nC1 a hung 1p\nC2 hung 0 1p\nR1 a 0 1k\n.ends"
    with pytest.raises(CircuitError, match=r"act.in_hung\[0\]"):
        network(block(subcircuit=text, outputs=()))
