"""A network as a circuit of PySpice, which PySpice's own simulator solves."""

import json
import subprocess
import sys

import pytest
from PySpice.Unit import u_MΩ

from tests.support.project import ENVIRONMENT
from tests.support.pyspice_networks import NETWORKS, NUDGE, SAMPLE
from tests.support.zoo import amplified

PROGRAM = """
import json
import numpy as np
from tests.support.pyspice_networks import NETWORKS, NUDGE, SAMPLE

def solved(model):
    analysis = model.to_pyspice(SAMPLE, NUDGE).simulator().operating_point()
    return {name: float(np.asarray(wave)[0]) for name, wave in analysis.nodes.items()}

print(json.dumps({name: solved(network()) for name, network in NETWORKS.items()}))
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
    for name, network in NETWORKS.items():
        points = network().operating_points({"x": SAMPLE["x"][None]}, nudge={"y": NUDGE["y"][None]})
        names, ours = points.circuit.netlist_names, points.node_voltages[0]
        for k in points.circuit.visible_nodes:
            assert abs(found[name][names[k]] - ours[k]) <= AGREEMENT


def test_elements_of_plain_numbers_can_be_read_and_changed() -> None:
    model = amplified()
    circuit = model.to_pyspice(SAMPLE)
    conductance = model.parameters["d1.conductance"]
    assert float(circuit["Rd1__1__2"].resistance) == pytest.approx(
        1 / conductance[1, 2], rel=1e-15, abs=0
    )
    assert float(circuit["Vx__0"].dc_value) == 0.5
    circuit["Rd1__1__2"].resistance = 3 @ u_MΩ
    assert "Rd1__1__2 x__1 d1__2 3MegOhm" in str(circuit)
