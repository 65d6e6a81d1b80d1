"""Small circuits drawn element by element."""

import numpy as np

from ebana_core.circuit import (
    Amplifiers,
    Branches,
    CircuitBuilder,
    Constant,
    CurrentSources,
    ElementArray,
    VoltageSources,
)
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.laws import Ohm


def number(value: float) -> Constant:
    return Constant(np.array(value))


class Draft:
    """A circuit of some nodes, 1, 2, ...; 0 is ground. An element's name tells its nodes."""

    def __init__(self, n_nodes: int) -> None:
        self.builder = CircuitBuilder()
        self.nodes = self.builder.nodes("n", (n_nodes,))

    def source(self, head: int, tail: int, voltage: float = 1.0) -> None:
        name = f"v{head}{tail}"
        self.builder.add(
            VoltageSources(
                name=name, layer=name, heads=[head], tails=[tail], voltage=number(voltage)
            )
        )

    def resistor(self, head: int, tail: int, conductance: float = 1e-6) -> None:
        name = f"r{head}{tail}"
        self.builder.add(
            ElementArray(
                name=name,
                layer=name,
                topology=Branches([head], [tail]),
                law=Ohm(),
                values={"conductance": number(conductance)},
            )
        )

    def amplifier(self, node_in: int, node_out: int, gain: float = 4.0, shift: float = 0.1) -> None:
        name = f"a{node_in}{node_out}"
        self.builder.add(
            Amplifiers(
                name=name,
                layer=name,
                inputs=[node_in],
                outputs=[node_out],
                gain=number(gain),
                shift=number(shift),
            )
        )

    def output(self, head: int) -> None:
        self.builder.add(CurrentSources(name="y", layer="y", heads=[head], tails=[0]))

    def compiled(self) -> CompiledCircuit:
        return compile_circuit(self.builder.circuit())
