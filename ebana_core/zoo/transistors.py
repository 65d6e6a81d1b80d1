"""Networks whose edges are transistors, after published ones: grids, classifiers, a language.

Source:
    P. Pandey and co-workers, pyclln-final; their model of a transistor of the ALD1106 kind.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core.layers import BiasVoltageLayer, ConcatenateLayer, InputVoltageLayer, SenseLayer
from ebana_core.model import Model
from ebana_core.schedules import LearningRate
from ebana_core.zoo.parts import device

GRAPHS = Path(__file__).with_name("transistor_graphs.json")
CARD = {
    "type": "nmos",
    "vto": 0.75,
    "gamma": 1.09,
    "phi": 0.9499477708465783,
    "kp": 6.249608378152027e-05,
    "lambda": 0.19998491299329302,
    "rsh": 73.21306042358299,
}
SHAPE = {"l": 7.8e-6, "w": 1.38e-4, "nrd": 0.3, "nrs": 1.0}
AROUND = {"gmin": 1e-8, "shunt": 1e-9}
"""Conductances that are part of the published physics, S."""
GATES = {"lower": 0.4, "upper": 8.0}
"""Bounds of the gates, V."""


def transistors(**more: Any) -> dict[str, Any]:
    """Return the settings of a layer of the published transistors."""
    return {"name": "net", "model": CARD, "param": SHAPE, **GATES, **more}


def torus(side: int) -> list[tuple[int, int]]:
    """Return the edges of a square grid whose ends are joined; nodes 1 to side²."""
    neighbours: dict[int, dict[int, None]] = {node: {} for node in range(1, side**2 + 1)}
    for row in range(side):
        for column in range(side):
            own = 1 + row * side + column
            for other in (
                1 + row * side + (column + 1) % side,
                1 + ((row + 1) % side) * side + column,
            ):
                neighbours[own][other] = neighbours[other][own] = None
    # Each edge once, at the node that comes first, in the order in which it was laid there: the
    # published gates are drawn in this order.
    return [(own, other) for own, others in neighbours.items() for other in others if other > own]


def xor_grid(side: int, gates: Any, lr: float = 0.3, seed: int = 0) -> Model:
    """Return a grid that learns XOR of inputs 0 and 0.45 V; its targets are 0 and -0.087 V.

    Args:
        side: Nodes of a side, at least 4.
        gates: Initial ones, V: a number, one per edge, or an initializer.
        lr: Of the gates.
        seed: Of the model.
    """

    def node(row: int, column: int) -> int:
        return 1 + row * side + column

    last, middle = side - 1, side // 2
    x = InputVoltageLayer(units=2, name="x")
    rails = BiasVoltageLayer(units=2, name="rails", bias_voltage=[0.11, 0.33])
    net = device("transistor_network")(
        branches=torus(side),
        inputs=[node(last, last), node(last, 1), node(1, 1), node(1, last)],
        outputs=[node(middle, middle), node(0, 0)],
        initializer=gates,
        lr=lr,
        **transistors(),
    )(ConcatenateLayer(name="held")([x, rails]))
    y = SenseLayer(name="y", sense_resistance=1e12, clamp_resistance=1.0)(net)
    return Model([x, rails], [y], seed=seed, **AROUND)


def regression_grid(gates: Any = 3.0, lr: float = 0.4, seed: int = 0) -> Model:
    """Return a 4 x 4 grid that learns a curve of one input; rails of 0 and 0.45 V."""
    x = InputVoltageLayer(units=1, name="x")
    rails = BiasVoltageLayer(units=2, name="rails", bias_voltage=[0.0, 0.45])
    net = device("transistor_network")(
        branches=torus(4),
        inputs=[16, 6, 8],
        outputs=[11],
        initializer=gates,
        lr=lr,
        **transistors(),
    )(ConcatenateLayer(name="held")([x, rails]))
    y = SenseLayer(name="y", fold=False, sense_resistance=1e12, clamp_resistance=1.0)(net)
    return Model([x, rails], [y], seed=seed, **AROUND)


def classifier(
    graph: Mapping[str, Sequence[int]],
    gates: Any,
    *,
    lr: float = 0.3,
    clamp_resistance: float = 10.0,
    seed: int = 0,
    **ties: Any,
) -> Model:
    """Return a published classifier: its inputs are held, its outputs are scores.

    Args:
        graph: Of `graphs`.
        gates: Initial ones, V.
        lr: Of the gates.
        clamp_resistance: Of the outputs, ohms.
        seed: Of the model.
        ties: `body` and `gate_reference` of the transistors.
    """
    x = InputVoltageLayer(units=len(graph["inputs"]), name="x")
    net = device("transistor_network")(
        branches=list(zip(graph["drains"], graph["sources"], strict=True)),
        inputs=graph["inputs"],
        outputs=graph["outputs"],
        initializer=gates,
        lr=lr,
        **transistors(**ties),
    )(x)
    y = SenseLayer(name="y", fold=False, clamp_resistance=clamp_resistance)(net)
    return Model([x], [y], seed=seed, **AROUND)


def crossbar_classifier(
    n_inputs: int,
    units: int,
    gates: Any,
    *,
    lr: LearningRate,
    fold: bool = True,
    clamp_resistance: float = 0.01,
    seed: int = 0,
    **ties: Any,
) -> Model:
    """Return a dense classifier: one transistor from every input to every rail of the outputs."""
    x = InputVoltageLayer(units=n_inputs, name="x")
    net = device("transistor_crossbar")(
        units=units, initializer=gates, lr=lr, **transistors(**ties)
    )(x)
    y = SenseLayer(name="y", fold=fold, clamp_resistance=clamp_resistance)(net)
    return Model([x], [y], seed=seed, **AROUND)


def graphs() -> dict[str, dict[str, list[int]]]:
    """Return the edges of published classifiers: ``"digits"`` and ``"ionosphere"``."""
    found = json.loads(GRAPHS.read_text())
    return {name: found[name] for name in ("digits", "ionosphere")}


def hidden_147() -> dict[str, list[int]]:
    """Return 34 inputs, 5 hidden nodes and 2 outputs: two hidden nodes per input, in turn."""
    inputs, hidden, outputs = list(range(34)), list(range(34, 39)), [39, 40]
    direct = [(own, end) for own in inputs for end in outputs]
    turn = [(own, hidden[(2 * own + k) % 5]) for own in inputs for k in range(2)]
    last = [(own, end) for own in hidden for end in outputs]
    drains, sources = zip(*direct, *turn, *last, tuple(outputs), strict=True)
    return {"inputs": inputs, "outputs": outputs, "drains": list(drains), "sources": list(sources)}


def xor_samples() -> tuple[np.ndarray, np.ndarray]:
    """Return the four inputs, ``(4, 2)``, V, and their targets, ``(4, 1)``, V."""
    inputs = 0.45 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    return inputs, np.array([[0.0], [-0.087], [-0.087], [0.0]])


def curve_samples() -> tuple[np.ndarray, np.ndarray]:
    """Return the inputs and targets of the regression, ``(8, 1)``, V."""
    inputs = [0.0005, 0.0628, 0.1251, 0.1873, 0.2479, 0.3118, 0.3724, 0.4347]
    targets = [0.1088, 0.1472, 0.1872, 0.2256, 0.2649, 0.3041, 0.3041, 0.3041]
    return np.array(inputs)[:, None], np.array(targets)[:, None]
