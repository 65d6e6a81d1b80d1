"""A subcircuit without others in it: definitions, flattened."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import DEEPEST, Definition, find_definitions
from ebana_core.spice.elements import WORDS, Line, Reader, Scope
from ebana_core.spice.files import cleaned
from ebana_core.spice.lines import Statement, source_of
from ebana_core.spice.parameters import Setting
from ebana_core.spice.scopes import Instance, Scopes, head_and_tail, tail_settings
from ebana_core.spice.words import checked_name, checked_node
from ebana_core.spice.writing import written

__all__ = ["WORDS", "Line", "Scope", "Subcircuit", "flattened", "read_subcircuit"]

LARGEST = 100_000
"""Characters of a subcircuit as it is written, comments left out."""
MOST = 10_000
"""Elements of a subcircuit that is flattened, the instances of others among them."""
WITHOUT_EFFECT = re.compile(
    r"\.(?:tran|ac|dc|op|noise|tf|pz|sens|disto|four|print|plot|probe|save|meas\w*|width|output"
    r"|ic|nodeset|backanno|title|end)\b",
    re.IGNORECASE,
)
"""Analyses, what they print, and where they begin: no operating point depends on them."""
DEFINING = re.compile(r"\.(?:model|param\w*|func)\b", re.IGNORECASE)
CONDITIONAL = re.compile(r"\.(if|elseif|elif|else|endif)\b", re.IGNORECASE)


@attrs.frozen
class Subcircuit:
    """A subcircuit without others in it.

    Args:
        name: In lower case.
        ports: Its nodes that are seen from outside.
        lines: Its elements.
        text: What it was read from, and nothing else: without comments and files.
    """

    name: str
    ports: tuple[str, ...]
    lines: tuple[Line, ...]
    text: str

    def __str__(self) -> str:
        return self.text


def read_subcircuit(source: Any, name: str | None = None) -> Subcircuit:
    """Return a subcircuit, flattened.

    Args:
        source: A PySpice `SubCircuit`, the text that it prints (``.subckt`` to ``.ends``), or a
            `Subcircuit` of a library.
        name: Of the subcircuit, where the text defines several that no other uses.

    Raises:
        CircuitError: A line that is no part of a circuit (commands, files), a missing
            subcircuit or model, a name or number that cannot be; says which line.
    """
    text = cleaned(str(source))
    if len(text) > LARGEST:
        raise CircuitError(f"The subcircuit has {len(text)} characters.", f"use up to {LARGEST}")
    top = find_definitions(source_of(text))
    _check_around(top)
    return flattened(top, name or _only_one(top, text))


def _check_around(top: Definition) -> None:
    """Refuse lines around all subcircuits that define nothing."""
    depth = 0
    for _, statement in top.source.statements(0, len(top.source.lines)):
        word = statement.text.split(None, 1)[0].lower()
        if word.startswith((".subckt", ".macro")):
            depth += 1
        elif word.startswith((".ends", ".eom")):
            depth -= 1
            if depth < 0:
                raise CircuitError(f"{statement.quoted} ends no subcircuit.", "remove it")
        elif depth == 0 and not _is_definition(statement):
            raise _foreign(statement)


def _is_definition(statement: Statement) -> bool:
    patterns = DEFINING, CONDITIONAL, WITHOUT_EFFECT
    return any(pattern.match(statement.text) for pattern in patterns)


def _foreign(statement: Statement) -> CircuitError:
    return CircuitError(
        f"{statement.quoted} is no part of a subcircuit; commands, files and settings are refused.",
        "leave it out: elements, .model, .param, .func and .subckt only",
    )


def _only_one(top: Definition, text: str) -> str:
    """Return the name of the subcircuit that no other one uses."""
    if not top.inner:
        raise CircuitError(
            f"{text[:60]!r} holds no subcircuit.", "give a PySpice SubCircuit, or .subckt ... .ends"
        )
    used = {
        head_and_tail(statement.text)[0][-1].lower()
        for found in top.inner.values()
        for definition in found
        for _, statement in top.source.statements(definition.line, definition.end)
        if statement.text[0] in "xX"
    }
    free = [name for name in top.inner if name not in used] or list(top.inner)
    if len(free) > 1:
        raise CircuitError(
            f"The text holds the subcircuits {sorted(free)}.", "say which: subcircuit_name=..."
        )
    return free[0]


def flattened(top: Definition, name: str) -> Subcircuit:
    """Return a subcircuit of a text or file, without others in it.

    Args:
        top: What the text defines.
        name: Of the subcircuit.

    Raises:
        CircuitError: It is missing or cannot be read; names file, line and text.
    """
    scopes = Scopes(top)
    chosen = scopes.subcircuit(scopes.outermost, name.lower())
    if chosen is None:
        known = sorted(top.inner)
        raise CircuitError(
            f"No subcircuit {name!r}; there are {known[:20]}"
            f"{f' and {len(known) - 20} more' if len(known) > 20 else ''}.",
            "name one of them",
        )
    ports = scopes.header(chosen).ports
    if len(set(ports)) < len(ports) or not ports:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} has the ports {list(ports)}.",
            "give at least one port, each of its own name",
        )
    lines = _Flattener(scopes, chosen).lines
    counts = Counter(line.name for line in lines)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} holds {twice[0]!r} twice.", "name every element once"
        )
    text = written(scopes, chosen)
    if len(text) > LARGEST:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} has {len(text)} characters.", f"use one of up to {LARGEST}"
        )
    return Subcircuit(chosen.name, ports, lines, text)


class _Flattener:
    """Copies elements of subcircuits in subcircuits, and counts them."""

    def __init__(self, scopes: Scopes, chosen: Definition) -> None:
        self.scopes, self.chosen, self.count = scopes, chosen, 0
        ports = {port: port for port in scopes.header(chosen).ports}
        instance = scopes.instance(chosen, scopes.outermost, {})
        self.lines = tuple(self._flattened(instance, (), ports, 1.0))

    def _flattened(
        self, instance: Instance, path: tuple[str, ...], ports: Mapping[str, str], size: float
    ) -> Iterator[Line]:
        definition = instance.definition
        if len(path) > DEEPEST or definition.depth > DEEPEST:
            raise CircuitError(
                f"Subcircuits lie in each other more than {DEEPEST} deep, at {definition.name!r}.",
                "let no subcircuit hold itself",
            )
        statements = list(self._active(instance))
        names = (statement.text.split(None, 1)[0].lower() for statement in statements)
        scope = Scope(path, ports, frozenset(name for name in names if name[0] == "x"))
        reader = Reader(self.scopes, instance, scope, size)
        for statement in statements:
            self._count(definition)
            word = statement.text.split(None, 1)[0]
            if not word[0].isalpha():
                raise _foreign(statement)
            name = checked_name(word, statement.quoted)
            place = (
                f"Element {scope.element(name)!r} of subcircuit {definition.name!r} "
                f"({statement.place})"
            )
            if name[0] == "x":
                yield from self._instance(instance, reader, statement, place)
            else:
                yield reader.line(name, statement.text, place)

    def _count(self, definition: Definition) -> None:
        self.count += 1
        if self.count > MOST:
            raise CircuitError(
                f"Subcircuit {self.chosen.name!r} has more than {MOST} elements, those of "
                f"the subcircuits in it among them (at {definition.name!r}).",
                "make it smaller: a block is repeated by the layer, not by itself",
            )

    def _active(self, instance: Instance) -> Iterator[Statement]:
        """Yield the elements of an instance whose conditions hold."""
        states: list[tuple[bool, bool]] = []  # whether lines count; whether a branch was taken
        for statement in self.scopes.body(instance.definition):
            found = CONDITIONAL.match(statement.text)
            if found:
                self._branch(found[1].lower(), statement, instance, states)
            elif not all(counts for counts, _ in states) or DEFINING.match(statement.text):
                continue
            elif not WITHOUT_EFFECT.match(statement.text):
                yield statement

    def _branch(
        self,
        word: str,
        statement: Statement,
        instance: Instance,
        states: list[tuple[bool, bool]],
    ) -> None:
        if word == "if":
            states.append((False, not all(counts for counts, _ in states)))
        elif not states:
            raise CircuitError(f"{statement.quoted} belongs to no .if.", "remove it")
        _, was_taken = states.pop() if word == "endif" else states[-1]
        if word == "endif":
            return
        condition = re.sub(r"^\.[a-z]+", "", statement.text, flags=re.IGNORECASE)
        counts = not was_taken and (
            word == "else" or bool(instance.parameters.compute(condition, statement.quoted))
        )
        states[-1] = counts, was_taken or counts

    def _instance(
        self, around: Instance, reader: Reader, statement: Statement, place: str
    ) -> Iterator[Line]:
        words, tail = head_and_tail(statement.text)
        target = self.scopes.subcircuit(around, words[-1].lower())
        if target is None:
            raise CircuitError(
                f"{place} names the subcircuit {words[-1]!r}, which is missing.",
                "define it: self.subcircuit(...) in PySpice",
            )
        nodes, ports = words[1:-1], self.scopes.header(target).ports
        if len(nodes) != len(ports):
            raise CircuitError(
                f"{place} has {len(nodes)} nodes; {target.name!r} has the ports {list(ports)}.",
                "give one node per port",
            )
        outer = (reader.scope.node(checked_node(node, place)) for node in nodes)
        given = {setting.name: setting for setting in tail_settings(tail, place)}
        size = reader.multiplier * self._multiplier(target, around, given)
        inner = self.scopes.instance(target, around, given)
        path = (*reader.scope.path, words[0].lower())
        yield from self._flattened(inner, path, dict(zip(ports, outer, strict=True)), size)

    def _multiplier(
        self, target: Definition, around: Instance, given: dict[str, Setting]
    ) -> float:
        """Return how many of an instance lie in parallel, and take that from what it is given."""
        if "m" not in given or any(own.name == "m" for own in self.scopes.parameters(target)):
            return 1.0
        setting = given.pop("m")
        size = around.parameters.compute(setting.formula, setting.place)
        if not size > 0:
            raise CircuitError(f"{setting.place} has m={size!r}.", "give a number above zero")
        return size
