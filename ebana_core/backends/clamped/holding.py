"""A circuit with ideal sources across its outputs, and what simulates it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.clamped.outputs import HELD, HeldOutputs
from ebana_core.backends.clamped.ports import output_ports
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import (
    FLAT,
    Clamps,
    Constant,
    Element,
    Input,
    Parameter,
    VoltageSources,
    resolve,
)
from ebana_core.circuit.forest import find_constraints
from ebana_core.errors import CircuitError
from ebana_core.latest import Latest

S = TypeVar("S")


SCALES = "scales"
"""Stands for d(node voltage)/d(root voltage), which is another array at other gains."""


class Holding(Generic[S]):
    """The simulator of a circuit with sources across its outputs, made when it is first asked for.

    Args:
        compiled: The circuit without them.
        compile: Makes a simulator.
    """

    def __init__(self, compiled: CompiledCircuit, compile: Callable[[CompiledCircuit], S]) -> None:
        self._compiled, self._compile = compiled, compile
        self._made: tuple[HeldOutputs, S] | None = None
        self._latest: Latest[tuple[HeldOutputs, S] | None] = Latest()

    def at(self, parameters: Mapping[str, Array]) -> tuple[HeldOutputs, S] | None:
        """Return outputs and simulator at present gains; None where sources hold no outputs."""
        scales = self._compiled.scales(parameters)
        return self._latest.at({SCALES: scales}, lambda: self._suiting(parameters))

    def _suiting(self, parameters: Mapping[str, Array]) -> tuple[HeldOutputs, S] | None:
        """Return what was made before where its sources hold the outputs at these gains, too."""
        if self._made is None or not self._made[0].suits(parameters):
            outputs = hold_outputs(self._compiled, parameters)
            self._made = None if outputs is None else (outputs, self._compile(outputs.compiled))
        return self._made


def hold_outputs(compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> HeldOutputs | None:
    """Return a circuit with sources across its outputs; None where sources cannot hold them.

    They cannot hold two outputs at one node, nor a folded one whose nodes follow unequal gains.

    Args:
        compiled: The circuit.
        parameters: Parameter name to array.
    """
    circuit, ports = compiled.circuit, output_ports(compiled, parameters)
    if ports.is_unequal.any():
        return None
    is_held = ports.gain != 0
    is_pair = (ports.heads != GROUND) & (ports.tails != GROUND) & (ports.heads != ports.tails)
    sources = VoltageSources(
        name=HELD,
        layer=HELD,
        heads=np.where(ports.heads == GROUND, ports.tails, ports.heads)[is_held],
        tails=np.where(is_pair, ports.tails, GROUND)[is_held],
        voltage=Input(HELD),
    )
    try:
        # First without judging the circuit: ideal diodes at nodes that the sources now fix must go
        # before it is compiled, which would refuse them.
        root = find_constraints(_extended(circuit, circuit.elements, sources)).root
        fixed = root == GROUND
        elements = [_without(element, fixed, parameters) for element in circuit.elements]
        kept = [element for element in elements if element is not None]
        held = compile_circuit(_extended(circuit, kept, sources))
    except CircuitError:  # two sources hold one node
        return None
    freed = [(clamps, np.flatnonzero(fixed[clamps.nodes])) for clamps in circuit.clamps]
    return HeldOutputs(
        compiled, held, sources, is_held, tuple((c, places) for c, places in freed if len(places))
    )


def _extended(circuit: Circuit, elements: Sequence[Element], sources: VoltageSources) -> Circuit:
    return attrs.evolve(circuit, elements=(*elements, sources))


def _without(element: Element, fixed: BoolArray, parameters: Mapping[str, Array]) -> Element | None:
    """Return an element without ideal diodes at fixed nodes; None where nothing is left."""
    if not isinstance(element, Clamps) or not fixed[element.nodes].any():
        return element
    kept = np.flatnonzero(~fixed[element.nodes])
    if not len(kept):
        return None
    bound = element.bound
    if resolve(bound, parameters, {}).size > 1:
        match bound:
            case Constant(array=array):
                bound = Constant(array[kept])
            case Parameter(name=name, index=index, devices=devices):
                numbers = np.arange(parameters[name].size)[FLAT if index is None else index]
                bound = Parameter(name, numbers[kept], devices=_chosen(devices, kept))
    return attrs.evolve(
        element, nodes=element.nodes[kept], is_upper=element.is_upper[kept], bound=bound
    )


def _chosen(devices: IntArray | slice | None, kept: IntArray) -> IntArray | None:
    """Return the numbers of some of the devices that share a parameter; None: they are alike."""
    if devices is None:
        return None
    if isinstance(devices, slice):
        # A slice over all devices begins at its own start, whose end kept places do not reach.
        return (devices.start or 0) + kept * (devices.step or 1)
    return devices[kept]
