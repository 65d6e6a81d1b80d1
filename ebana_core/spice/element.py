"""An element of a flattened subcircuit, and the names of nodes and elements around it."""

from collections.abc import Mapping

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.headers import is_ground
from ebana_core.spice.temperatures import Temperatures

SEPARATOR = ":"
"""Separates names of subcircuits from names within them; no name that a user types can hold it."""


@attrs.frozen
class Scope:
    """The names of one subcircuit in the flattened one.

    Args:
        path: The instances that it lies in.
        renamed: Its ports to the nodes around it.
        instances: Names of the subcircuits in it.
        common: Nodes that are the same everywhere, which no block has.
    """

    path: tuple[str, ...] = ()
    renamed: Mapping[str, str] = attrs.field(factory=dict)
    instances: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()

    def element(self, name: str) -> str:
        """Return an element's name, which files of runs can hold as that of an array."""
        return "_".join((*self.path, name)).replace("/", "_")

    def node(self, name: str) -> str:
        """Return a node's name.

        Raises:
            CircuitError: It would lie in another subcircuit, or everywhere.
        """
        if is_ground(name):
            return "0"
        if name in self.common:
            # ngspice does not even wire a port of that name.
            raise CircuitError(
                f"The node {name!r} is shared by all subcircuits, by .global or by its name.",
                "rename it, and give each subcircuit a port for it",
            )
        if name.split(".")[0] in self.instances and "." in name:
            raise CircuitError(
                f"The node {name!r} lies in the subcircuit {name.split('.')[0]!r}.",
                "give that subcircuit a port",
            )
        return self.renamed.get(name, SEPARATOR.join((*self.path, name)))


@attrs.frozen
class Line:
    """An element, its nodes as they are named in the flattened subcircuit.

    Args:
        name: In lower case, behind the names of the subcircuits that it is in.
        kind: First letter of the name that it has in its own subcircuit.
        nodes: What it is attached to; those that control E and G are words.
        words: What follows the nodes; the model is left out, parameters are numbers.
        scope: Names where it stands.
        model: The numbers of its model.
        texts: The words of its model whose values are text, with that text.
        multiplicity: How many of it stand side by side: the product of ``m=`` around it.
        temperatures: Of the circuit around it.
        place: File and line, for errors.
    """

    name: str
    kind: str
    nodes: tuple[str, ...]
    words: tuple[str, ...]
    scope: Scope
    model: ModelCard | None = None
    texts: tuple[tuple[str, str], ...] = ()
    multiplicity: float = 1.0
    temperatures: Temperatures = attrs.field(factory=Temperatures)
    place: str = attrs.field(default="", eq=False)

    @property
    def rest(self) -> str:
        """The text that follows the nodes."""
        return " ".join(self.words)
