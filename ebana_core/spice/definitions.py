"""What a text defines, found without being read: where subcircuits, models and parameters stand.

A line that cannot be read concerns nobody but who asks for it: a library is read model by model.
"""

import re
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
"""Element to the types that its model may have."""
DEEPEST = 20
"""Subcircuits within each other."""
OPTIONAL = frozenset("rcl")
"""Elements that need no model."""
DIRECTIVE = re.compile(
    r"\s*\.(subckt|macro|ends|eom|model|param|func|if|elseif|elif|else|endif|control|endc|global)",
    re.IGNORECASE,
)
END_OF_CONTROL = re.compile(r"\s*\.endc", re.IGNORECASE)


@attrs.frozen
class Branch:
    """Where ``.if`` lets lines count.

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
    is_closed: bool = False

    @property
    def depth(self) -> int:
        """How many definitions it stands in."""
        depth, around = 0, self.outer
        while around is not None:
            depth, around = depth + 1, around.outer
        return depth

    @property
    def place(self) -> str:
        """File and line, for errors."""
        return self.source.place(self.line)

    def chain(self) -> Iterator["Definition"]:
        """Yield it and the definitions that it stands in, from inside."""
        around: Definition | None = self
        while around is not None:
            yield around
            around = around.outer


def find_definitions(source: Source) -> Definition:
    """Return what lines define; nothing in them can make it fail."""
    return _Finder(source).found()


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


class _Finder:
    """Walks through lines once; of most it looks at the first sign only."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.top = Definition("", source)
        self.open = [self.top]
        self.branches: list[list[Branch]] = [[]]

    def found(self) -> Definition:
        lines, index = self.source.lines, 0
        while index < len(lines):
            line = lines[index]
            if line[:1] in ". " and (found := DIRECTIVE.match(line)):
                word = found[1].lower()
                if word == "control":
                    index = self._behind_control(index)
                    continue
                self._note(word, index)
            index += 1
        while len(self.open) > 1:
            self._close(self.open[-1], index, is_closed=False)
        self.top.end = index
        return self.top

    def _behind_control(self, index: int) -> int:
        lines = self.source.lines
        while index < len(lines) and not END_OF_CONTROL.match(lines[index]):
            index += 1
        return index + 1

    def _note(self, word: str, index: int) -> None:
        current = self.open[-1]
        here = Place(index, tuple(self.branches[-1]))
        if word in ("subckt", "macro"):
            name = self._second_word(index)
            if len(self.open) > 2 * DEEPEST:  # too deep for anybody: their ends are missing
                self._close(self.open[-1], index, is_closed=False)
                current = self.open[-1]
            self.open.append(
                Definition(name, self.source, current, index, conditions=here.conditions)
            )
            self.branches.append([])
        elif word in ("ends", "eom"):
            self._end(index)
        elif word == "model":
            current.models.setdefault(self._second_word(index), []).append(here)
        elif word == "param":
            current.parameters.append(here)
        elif word == "func":
            current.functions.append(here)
        elif word == "global":
            current.globals.append(here)
        else:
            self._branch(word, index)

    def _branch(self, word: str, index: int) -> None:
        branches = self.branches[-1]
        if word == "if":
            branches.append(Branch((), index))
        elif branches and word == "endif":
            branches.pop()
        elif branches:
            last = branches[-1]
            before = (*last.refused, *([] if last.wanted is None else [last.wanted]))
            branches[-1] = Branch(before, None if word == "else" else index)

    def _second_word(self, index: int) -> str:
        """Return the name behind ``.model`` or ``.subckt``, in lower case."""
        words = self.source.lines[index].split(None, 2)
        if len(words) < 2:  # it stands on the line that continues this one
            words = self.source.continued(index).split(None, 2)
        return words[1].split("(")[0].lower() if len(words) > 1 else ""

    def _end(self, index: int) -> None:
        """Close the subcircuit that a line ends: the one that it names, if that is open."""
        words = self.source.lines[index].split()
        name = words[1].lower() if len(words) > 1 else ""
        if len(self.open) == 1:
            return
        named = [k for k, item in enumerate(self.open) if k and item.name == name]
        last = named[-1] if named else len(self.open) - 1
        # What stands in one that does not end may belong to the one around it as well.
        is_closed = len(self.open) - 1 == last
        while len(self.open) - 1 > last:
            self._close(self.open[-1], index, is_closed=False)
        self._close(self.open[-1], index, is_closed=is_closed)

    def _close(self, definition: Definition, index: int, *, is_closed: bool) -> None:
        self.open.pop()
        self.branches.pop()
        definition.end, definition.is_closed = index, is_closed
        outer = self.open[-1]
        outer.inner.setdefault(definition.name, []).append(definition)
        if not is_closed:  # a missing .ends must not hide what follows it
            for name, found in definition.inner.items():
                for inner in found:
                    inner.outer = outer
                outer.inner.setdefault(name, []).extend(found)
