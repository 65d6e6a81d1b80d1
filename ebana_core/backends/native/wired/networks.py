"""The crossbars of one circuit at the present parameters, as what their ports conduct."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, fixed
from ebana_core.backends.native.wired.condensed_circuit import CondensedCircuit, port_parameters
from ebana_core.backends.native.wired.dissection import Dissection
from ebana_core.backends.native.wired.judging import check_inner
from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.circuit.elements import IntArray, Parameter
from ebana_core.errors import ConvergenceError

PROBES = 2
"""Samples of random voltages at the ports whose inner nodes have to balance."""
AT_ONCE = 4_000_000
"""Voltages of inner nodes that are found in one call."""


@attrs.frozen(eq=False)
class Network:
    """One crossbar at one set of its values.

    Args:
        lattice: The crossbar.
        given: The parameters that its elements read.
        dissection: What its ports conduct, and what is inside.
        parameters: Those of the condensed circuit.
    """

    lattice: Lattice
    given: tuple[Array, ...]
    dissection: Dissection
    parameters: Mapping[str, Array]

    @classmethod
    def of(cls, lattice: Lattice, parameters: Mapping[str, Array]) -> "Network":
        """Eliminate what is inside of a crossbar.

        Raises:
            ConvergenceError: What was found does not balance.
        """
        values = lattice.values(parameters)
        try:
            dissection = Dissection(*values, begins_inside=lattice.begins_inside)
        except np.linalg.LinAlgError:
            raise ConvergenceError(
                f"The wires of layer {lattice.cells.layer!r} could not be eliminated: its "
                "conductances are not all above zero.",
                "give conductances above zero",
            ) from None
        ports = np.random.default_rng(0).uniform(-1, 1, (PROBES, sum(lattice.shape)))
        check_inner(lattice, values, ports, dissection.inner(ports))
        own = fixed(port_parameters(lattice, values, dissection.between))
        return cls(lattice, given_to(lattice, parameters), dissection, own)

    def spread(self, ports: Array, target: Array) -> None:
        """Write the voltages of the inner nodes.

        Args:
            ports: Of the ports. Shape ``(n_samples, n_ports)``, V.
            target: Of all nodes of the whole circuit. Shape ``(n_samples, n_nodes)``, V.
        """
        step = max(1, AT_ONCE // self.lattice.groups[0].size)
        for first in range(0, len(ports), step):
            part = slice(first, first + step)
            inner = self.dissection.inner(ports[part])
            for side, group in enumerate(self.lattice.groups):
                own = inner[:, side].reshape(len(inner), -1)
                target[part, group.first : group.first + group.size] = own


def given_to(lattice: Lattice, parameters: Mapping[str, Array]) -> tuple[Array, ...]:
    """Return the parameters that the elements of a crossbar read."""
    values = (value for array in lattice.arrays for value in array.values.values())
    return tuple(parameters[value.name] for value in values if isinstance(value, Parameter))


@final
class Networks:
    """The networks of a circuit's crossbars; each is kept while its values are the same arrays.

    Args:
        lattices: The crossbars.
        condensed: The circuit without their inner nodes.
        n_nodes: Of the whole circuit.
    """

    def __init__(
        self, lattices: Sequence[Lattice], condensed: CondensedCircuit, n_nodes: int
    ) -> None:
        self._lattices, self._condensed, self._n_nodes = lattices, condensed, n_nodes
        self._kept: list[Network | None] = [None] * len(lattices)
        self._latest: tuple[Mapping[str, Array], Mapping[str, Array]] | None = None

    @property
    def are_made(self) -> bool:
        """Whether all are there, of whatever values."""
        return all(self._kept)

    def parameters_at(self, parameters: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return the parameters of the condensed circuit.

        Args:
            parameters: Those of the whole circuit, which nobody can write into.
        """
        if self._latest is not None and _are_same(self._latest[0], parameters):
            return self._latest[1]
        result = dict(parameters)
        for place, lattice in enumerate(self._lattices):
            network, given = self._kept[place], given_to(lattice, parameters)
            if network is None or any(
                a is not b for a, b in zip(network.given, given, strict=True)
            ):
                network = self._kept[place] = None  # two at a time would take twice the memory
                network = self._kept[place] = Network.of(lattice, parameters)
            result |= network.parameters
        self._latest = (dict(parameters), result)
        return result

    def spread(self, voltages: Array) -> Array:
        """Return the voltages of all nodes, of those of the condensed circuit, V.

        The networks are those of the last `parameters_at`.
        """
        result = np.empty((len(voltages), self._n_nodes))
        result[:, self._condensed.nodes] = voltages
        ports: IntArray
        for network, ports in zip(self._kept, self._condensed.ports, strict=True):
            assert network is not None
            network.spread(voltages[:, ports], result)
        return result


def _are_same(mine: Mapping[str, Array], theirs: Mapping[str, Array]) -> bool:
    return mine.keys() == theirs.keys() and all(mine[name] is theirs[name] for name in mine)
