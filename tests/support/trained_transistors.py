"""A small network of trained transistors, and all ties that its gates and bulks may have."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from ebana_diode_mos import TransistorNetworkLayer, UniformVoltage

from ebana_core import Model
from ebana_core.layers import CurrentLayer, InputVoltageLayer

PARAM: Mapping[str, float] = {
    "VTO": 0.7,
    "KP": 6e-5,
    "GAMMA": 0.9,
    "PHI": 0.9,
    "LAMBDA": 0.1,
    "RSH": 70.0,
    "W": 1e-4,
    "L": 8e-6,
    "NRD": 0.3,
}
BRANCHES = [("a", "h"), ("h", "b"), ("h", "c"), ("c", "h"), ("c", "b"), ("a", "c")]
VOLTAGES = np.array([[0.8, 0.0], [0.1, 0.5], [-0.3, 0.4]])


def network(**settings: Any) -> Model:
    """Return a small graph with parallel and antiparallel branches between two inputs."""
    own = {"param": PARAM, "initializer": UniformVoltage(1.5, 4.0), **settings}
    x = InputVoltageLayer(units=2, name="x")
    graph: dict[str, Any] = {"branches": BRANCHES, "inputs": ["a", "b"], "outputs": ["h", "c"]}
    net = TransistorNetworkLayer(name="net", **{**graph, **own})(x)
    return Model([x], [CurrentLayer(name="out", fold=False)(net)], seed=3, gmin=1e-9, shunt=1e-9)


TIES = [
    {"body": body, "gate_reference": reference, "body_resistance": ohms}
    for body, reference, ohms in [
        ("ground", "ground", 0.0),
        ("ground", "source", 10.0),
        ("drain", "ground", 0.0),
        ("drain", "drain", 1e3),
        ("source", "source", 0.0),
        ("source", "drain", 1e5),
        ("floating", "ground", 0.0),
        ("floating", "drain", 1e6),
    ]
]
