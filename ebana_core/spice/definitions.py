"""The places in a text where subcircuits, models and parameters are defined, before they are read.

A line that cannot be read concerns nobody but who asks for it: a library is read model by model.
"""

from collections.abc import Iterator, Mapping

import attrs

from ebana_core.spice.lines import Source, Statement

KINDS: Mapping[str, tuple[str, ...]] = {
    "d": ("d",),
    "m": ("nmos", "pmos"),
    "q": ("npn", "pnp"),
    "j": ("njf", "pjf"),
    "s": ("sw", "vswitch"),
    "w": ("csw", "iswitch"),
    "r": ("r", "res"),
    "c": ("c", "cap"),
    "l": ("l", "ind"),
}
"""Letter of an element to the types that its model may have."""
DEEPEST = 20
"""Largest depth of subcircuits defined within each other."""
OPTIONAL = frozenset("rcl")
"""Letters of elements that need no model."""


@attrs.frozen
class Branch:
    """The conditions ``.if`` under which lines hold.

    Args:
        refused: Lines whose conditions must not hold.
        wanted: The line whose condition must hold; None for ``.else``.
    """

    refused: tuple[int, ...]
    wanted: int | None


Conditions = tuple[Branch, ...]


@attrs.frozen
class Place:
    """A model, parameter or function: the line where it begins, and when it counts."""

    line: int
    conditions: Conditions = ()


@attrs.define(eq=False)
class Definition:
    """A subcircuit as it is written, with the definitions that it can see.

    Args:
        name: In lower case; empty for what stands around all subcircuits.
        source: The lines.
        outer: The definition that it stands in.
        line: Its first line.
        end: The line behind its own: that of its ``.ends``.
        conditions: When it counts.
        inner: Name to the subcircuits of that name in it, in their order.
        models: Name to its models of that name, in their order.
        parameters: Its lines ``.param``.
        functions: Its lines ``.func``.
        globals: Its lines ``.global``.
        options: Its lines ``.options``, around all subcircuits.
        temperatures: Its lines ``.temp``, likewise.
        is_closed: It has a line ``.ends``.
    """

    name: str
    source: Source = attrs.field(repr=False)
    outer: "Definition | None" = attrs.field(default=None, repr=False)
    line: int = -1
    end: int = 0
    conditions: Conditions = ()
    inner: dict[str, list["Definition"]] = attrs.field(factory=dict, repr=False)
    models: dict[str, list[Place]] = attrs.field(factory=dict, repr=False)
    parameters: list[Place] = attrs.field(factory=list, repr=False)
    functions: list[Place] = attrs.field(factory=list, repr=False)
    globals: list[Place] = attrs.field(factory=list, repr=False)
    options: list[Place] = attrs.field(factory=list, repr=False)
    temperatures: list[Place] = attrs.field(factory=list, repr=False)
    is_closed: bool = False

    @property
    def depth(self) -> int:
        """Number of definitions around it."""
        depth, around = 0, self.outer
        while around is not None:
            depth, around = depth + 1, around.outer
        return depth

    @property
    def place(self) -> str:
        """File and line, for errors."""
        return self.source.place(self.line)

    def chain(self) -> Iterator["Definition"]:
        """Yield the definition itself, then those around it, from the inside out."""
        around: Definition | None = self
        while around is not None:
            yield around
            around = around.outer


def own_statements(definition: Definition) -> Iterator[Statement]:
    """Yield the statements of a subcircuit, those of the subcircuits in it left out.

    Raises:
        CircuitError: A sign that no netlist holds, when its line is reached.
    """
    depth = 0
    statements = definition.source.statements(definition.line, definition.end)
    for index, statement in statements:
        word = statement.text.split(None, 1)[0].lower()
        if word.startswith((".subckt", ".macro")):
            depth += index != definition.line
        elif word.startswith((".ends", ".eom")):
            depth -= 1
        elif depth == 0:
            yield statement
