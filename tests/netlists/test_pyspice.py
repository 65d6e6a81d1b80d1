"""A network as a circuit of PySpice, which PySpice's own simulator solves."""

import json
import subprocess
import sys

import pytest
from PySpice.Unit import u_MΩ

from ebana_core.backends import point_pyspice_to_ngspice
from ebana_core.errors import MissingLibraryError
from tests.support.netlist_networks import SOLVED, VOLTS, driven
from tests.support.project import ENVIRONMENT
from tests.support.zoo import amplified

PROGRAM = """
import json
import numpy as np
from tests.support.netlist_networks import SOLVED, driven

def solved(model):
    analysis = model.to_pyspice(*driven(model)).simulator().operating_point()
    return {name: float(np.asarray(wave)[0]) for name, wave in analysis.nodes.items()}

print(json.dumps({name: solved(network()) for name, network in SOLVED.items()}))
"""
"""In a process of its own: PySpice and EBANA both want the one ngspice of a process."""
AGREEMENT = 1e-8
"""V, which is what the tolerances in the circuit leave of junctions on microsiemens."""


@pytest.mark.ngspice
def test_pyspices_simulator_finds_our_voltages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name, network in SOLVED.items():
        model = network()
        sample, nudge = driven(model)
        points = model.operating_points({"x": sample["x"][None]}, nudge={"y": nudge["y"][None]})
        names, ours = points.circuit.netlist_names, points.node_voltages[0]
        for k in points.circuit.visible_nodes:
            assert abs(found[name][names[k]] - ours[k]) <= AGREEMENT


def test_elements_of_plain_numbers_can_be_read_and_changed() -> None:
    model = amplified()
    circuit = model.to_pyspice({"x": VOLTS})
    ohms = float(circuit["Rd1__1__2"].resistance)
    expected = 1 / model.parameters["d1.conductance"][1, 2]
    assert ohms == pytest.approx(expected, rel=1e-15, abs=0)
    assert float(circuit["Vx__0"].dc_value) == 0.5
    circuit["Rd1__1__2"].resistance = 3 @ u_MΩ
    assert "Rd1__1__2 x__1 d1__2 3MegOhm" in str(circuit)


def test_a_circuit_has_the_values_of_the_moment_and_keeps_them() -> None:
    model = amplified()
    before = model.to_pyspice({"x": VOLTS})
    ohms = float(before["Rd1__1__2"].resistance)
    model.parameters["d1.conductance"] = 2 * model.parameters["d1.conductance"]
    # Doubling changes no digit of a conductance, and its inverse at most the last one.
    found = float(model.to_pyspice({"x": VOLTS})["Rd1__1__2"].resistance)
    assert found == pytest.approx(ohms / 2, rel=1e-15, abs=0)
    assert float(before["Rd1__1__2"].resistance) == ohms


@pytest.mark.ngspice
@pytest.mark.parametrize("missing", ["PySpice.Spice.NgSpice.Shared", "libngspice"])
def test_what_pyspice_simulates_with_is_named_where_it_is_missing(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "libngspice":
        monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere/libngspice.so")
    else:
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingLibraryError, match=r"PySpice|/nowhere/libngspice\.so"):
        point_pyspice_to_ngspice()
