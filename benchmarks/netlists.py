"""A circuit of EBANA as arrays that any peer can read.

Arrays of a file, nodes numbered as EBANA's are, node 0 ground:

- ``n_nodes``; ``input_nodes`` and ``inputs`` of all voltage sources, one row per sample, V;
- ``samples``, the columns of layer "x" among them;
- ``heads``, ``tails``, ``conductances`` of resistors, S;
- ``ramp_heads``, ``ramp_tails``, ``ramp_VTH``, ``ramp_RON``, ``ramp_ROFF`` of behavioural diodes;
- ``amp_inputs``, ``amp_outputs``, ``gains`` of amplifiers;
- for a crossbar with wires ``cells``, S, ``wire``, ohms, ``row_nodes`` and ``column_nodes``;
- for layers of crossbars ``n_matrices``, ``matrix_0`` and so on, and ``layer_nodes_0`` and so on.
"""

from collections.abc import Mapping

import numpy as np
from ebana_diode_mos.behavioral import Ramp

from ebana_core import Model
from ebana_core.circuit import Amplifiers, ElementArray, VoltageSources
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.elements import resolve
from ebana_core.laws import Ohm

Arrays = dict[str, np.ndarray]


def arrays(model: Model, inputs: Mapping[str, np.ndarray]) -> Arrays:
    """Return a network of sources, resistors, behavioural diodes and amplifiers.

    Ideal diodes are left out: the peer that knows them clips by their order.
    """
    n_samples = len(inputs["x"])
    circuit, values = model.network.compiled.circuit, model.parameters.snapshot()
    found: dict[str, list[np.ndarray]] = {}
    driven: list[np.ndarray] = []

    def add(**columns: np.ndarray) -> None:
        for name, column in columns.items():
            found.setdefault(name, []).append(np.ravel(column))

    for element in circuit.elements:
        if isinstance(element, ElementArray):
            heads, tails = branch_ends(element.topology)
            numbers = branch_values(element, values, inputs, slice(None))
            numbers = {name: np.broadcast_to(n, heads.shape) for name, n in numbers.items()}
            if isinstance(element.law, Ohm):
                add(heads=heads, tails=tails, conductances=numbers["conductance"])
            elif isinstance(element.law, Ramp):
                named = {f"ramp_{name}": number for name, number in numbers.items()}
                add(ramp_heads=heads, ramp_tails=tails, **named)
        elif isinstance(element, VoltageSources):
            voltages = np.broadcast_to(
                resolve(element.voltage, values, inputs), (n_samples, len(element.heads))
            )
            add(input_nodes=element.heads)
            driven.append(voltages)
        elif isinstance(element, Amplifiers):
            gains = np.broadcast_to(resolve(element.gain, values, inputs), element.inputs.shape)
            add(amp_inputs=element.inputs, amp_outputs=element.outputs, gains=gains)
    empty = ("ramp_heads", "ramp_tails", "ramp_VTH", "ramp_RON", "ramp_ROFF")
    for name in (*empty, "amp_inputs", "amp_outputs", "gains"):
        found.setdefault(name, [np.zeros(0, dtype=int)])
    return {
        "n_nodes": np.array(circuit.n_nodes),
        "samples": inputs["x"],
        "inputs": np.concatenate(driven, axis=1),
        **{name: np.concatenate(parts) for name, parts in found.items()},
    }
