"""What a circuit is beside its resistors, at one set of parameters.

Training changes resistors in every step, and devices and gains seldom.
"""

from collections.abc import Iterator, Mapping
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.choose import Choice
from ebana_core.backends.native.devices import DeviceArray, DevicePlan
from ebana_core.backends.native.terminal_arrays import TerminalArray, terminal_arrays
from ebana_core.backends.stability import may_have_several
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Value
from ebana_core.circuit.given import names_among, present
from ebana_core.latest import Latest


@final
@attrs.frozen(eq=False)
class Beside:
    """All that resistors do not change.

    Args:
        scale: d(node voltage)/d(root voltage), NumPy's. Shape ``(n_nodes,)``.
        taken_scale: The same in the library of the simulator.
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
        weights: Stage weight of each unknown; None: the circuit has no energy, or such devices.
        is_examined: It may have several operating points, so that stability is asked for.
        method: What solves what no compiled code does; see `Choice.interpreted`.
    """

    scale: Array
    taken_scale: Array
    devices: tuple[DeviceArray, ...]
    terminals: tuple[TerminalArray, ...]
    weights: Array | None
    is_examined: bool
    method: str


@final
class BesidePlan:
    """The structure of what is beside the resistors.

    Args:
        compiled: The circuit.
        choice: What solves it.
        devices: Its nonlinear branches.
        library: Of the arrays.
    """

    def __init__(
        self, compiled: CompiledCircuit, choice: Choice, devices: DevicePlan, library: ArrayLibrary
    ) -> None:
        self._compiled, self._choice, self._library = compiled, choice, library
        self._devices = devices
        self._names = tuple(dict.fromkeys(names_among(_values(compiled.circuit))))
        self._latest: Latest[Beside] = Latest()

    def at(self, parameters: Mapping[str, Array]) -> Beside:
        """Return it at present values; the same while these stay the same arrays."""
        given = present(self._names, parameters)
        return self._latest.at(given, lambda: self._made(parameters))

    def _made(self, parameters: Mapping[str, Array]) -> Beside:
        compiled, partition, take = self._compiled, self._choice.partition, self._library.take
        scale, weights = compiled.scales(parameters), compiled.weights(parameters)
        terminals = terminal_arrays(compiled, partition, scale, parameters)
        own: Array | None = None
        # Only with an energy can a step be judged by it, and only then do iterative methods apply.
        if not weights.conflict and not terminals:
            own = take(weights.of_node[partition.nodes])
        return Beside(
            scale,
            take(scale),
            self._devices.at(scale, parameters),
            terminals,
            own,
            may_have_several(compiled, weights),
            self._choice.interpreted(is_reciprocal=own is not None),
        )


def _values(circuit: Circuit) -> Iterator[Value]:
    """Yield all values of devices, and the gains of amplifiers."""
    yield from (amplifiers.gain for amplifiers in circuit.amplifiers)
    for array in circuit.element_arrays:
        if not array.is_ohmic:
            yield from array.values.values()
    for devices in circuit.terminal_devices:
        yield from devices.values.values()
