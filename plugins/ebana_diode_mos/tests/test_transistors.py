"""Networks of transistors stand where NumPy, ngspice and other forms of them stand."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, TransistorNetworkLayer

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.layers import CurrentLayer, InputVoltageLayer, Layer
from ebana_core.testing.spice import need_ngspice
from tests.support.trained_transistors import BRANCHES, PARAM, TIES, VOLTAGES, network


def test_compiled_code_finds_what_numpy_finds() -> None:
    for ties in TIES:
        model = network(**ties)
        plain = model.operating_points({"x": VOLTAGES}, backend=NativeBackend(compiled=False))
        fast = model.operating_points({"x": VOLTAGES})
        # Both end at rounding of a solution of conductances around 1e-4 S.
        np.testing.assert_allclose(fast.voltages, plain.voltages, rtol=0, atol=1e-12)
        assert fast.residual <= 1e-12
        assert plain.residual <= 1e-12


def test_a_p_channel_mirrors_an_n_channel() -> None:
    for ties in TIES:
        n = network(initializer=2.5, **ties)
        p = network(initializer=-2.5, channel="p", param={**PARAM, "VTO": -0.7}, **ties)
        found = p.operating_points({"x": -VOLTAGES}).voltages
        expected = -n.operating_points({"x": VOLTAGES}).voltages
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


def crossbar_and_graph(**settings: Any) -> tuple[Model, Model]:
    """Return a crossbar of three inputs and two outputs, and the graph of the same transistors."""
    models = []
    own: dict[str, Any] = {"name": "net", "param": PARAM, "initializer": np.linspace(1.5, 4, 6)}
    for kind in ("crossbar", "graph"):
        x = InputVoltageLayer(units=3, name="x")
        layer: Layer
        if kind == "crossbar":
            layer = TransistorCrossbarLayer(units=2, **own, **settings)(x)
        else:
            ends = [(f"i{k}", f"o{j}") for k in range(3) for j in range(2)]
            layer = TransistorNetworkLayer(
                branches=ends, inputs=["i0", "i1", "i2"], outputs=["o0", "o1"], **own, **settings
            )(x)
        out = CurrentLayer(name="out", fold=False)(layer)
        models.append(Model([x], [out], seed=0, gmin=1e-8, shunt=1e-9))
    return models[0], models[1]


@pytest.mark.parametrize("ties", TIES)
def test_a_crossbar_is_the_graph_of_its_transistors(ties: Mapping[str, Any]) -> None:
    x = np.random.default_rng(0).uniform(-0.2, 0.9, (5, 3))
    crossbar, graph = crossbar_and_graph(**ties)
    # The same equations in the same order: the same bits.
    assert np.array_equal(
        crossbar.operating_points({"x": x}).voltages, graph.operating_points({"x": x}).voltages
    )


def test_unknowns_that_nothing_joins_are_solved_as_together() -> None:
    x = np.random.default_rng(1).uniform(0, 0.9, (4, 3))
    crossbar, _ = crossbar_and_graph()
    alone = crossbar.operating_points({"x": x}).voltages
    one_by_one = [crossbar.operating_points({"x": row[None]}).voltages[0] for row in x]
    # Where a search begins does not show in its end, but for rounding.
    np.testing.assert_allclose(alone, one_by_one, rtol=0, atol=1e-13)


@pytest.mark.parametrize("ties", TIES)
def test_a_netlist_of_the_same_transistors_gives_the_same(
    ties: Mapping[str, Any], tmp_path: Path
) -> None:
    need_ngspice()
    model = network(**ties)
    model.parameters["net.vto_offset"] = np.linspace(-0.02, 0.02, len(BRANCHES))
    model.parameters["net.kp_factor"] = np.linspace(0.97, 1.03, len(BRANCHES))
    path = tmp_path / "net.cir"
    path.write_text(by_hand(model, ties), encoding="ascii")
    done = subprocess.run(["ngspice", "-b", path], capture_output=True, text=True, check=True)
    found = re.findall(r"^v\((\w)\) = (\S+)", done.stdout, re.MULTILINE)
    points = model.operating_points({"x": VOLTAGES[:1]})
    net = model.layers["net"]
    assert isinstance(net, TransistorNetworkLayer)
    expected = dict(zip(net.own_nodes, points.voltages[0, 2:], strict=True))
    assert {name for name, _ in found} == set(expected)
    for name, text in found:
        # ngspice ends at its `reltol` of 1e-10.
        assert float(text) == pytest.approx(expected[name], rel=0, abs=1e-10)


def by_hand(model: Model, ties: Mapping[str, Any]) -> str:
    """Return the netlist of `network` as its user would write it, without words of ours."""
    lines = ["by hand", ".options gmin=1e-9 rshunt=1e9 reltol=1e-10 vntol=1e-13 abstol=1e-15"]
    lines += [f"Va a 0 {float(VOLTAGES[0, 0])!r}", f"Vb b 0 {float(VOLTAGES[0, 1])!r}"]
    words = {key: value for key, value in PARAM.items() if key not in ("W", "L", "NRD")}
    for k, (drain, source) in enumerate(BRANCHES):
        known = {"ground": "0", "drain": drain, "source": source}
        gate, offset, factor = (
            float(model.parameters[f"net.{name}"][k])
            for name in ("gate", "vto_offset", "kp_factor")
        )
        own = {**words, "VTO": words["VTO"] + offset, "KP": words["KP"] * factor}
        card = " ".join(f"{key}={value!r}" for key, value in own.items())
        body = known.get(ties["body"], f"far{k}" if ties["body_resistance"] else f"bulk{k}")
        if ties["body_resistance"]:
            lines.append(f"Rb{k} bulk{k} {body} {ties['body_resistance']!r}")
            body = f"bulk{k}"
        lines.append(f"Vg{k} gate{k} {known[ties['gate_reference']]} {gate!r}")
        lines.append(f"M{k} {drain} gate{k} {source} {body} model{k} W=1e-4 L=8e-6 NRD=0.3 NRS=1")
        lines.append(f".model model{k} nmos(level=1 {card})")
    shown = [".control", "op", "set numdgt=15", "print v(h) v(c)", "quit 0", ".endc", ".end"]
    return "\n".join([*lines, *shown]) + "\n"
