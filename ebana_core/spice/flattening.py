"""Copies the elements of subcircuits in subcircuits, and counts them."""

import re
from collections.abc import Iterator, Mapping

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import DEEPEST, Definition
from ebana_core.spice.element import Line, Scope
from ebana_core.spice.element_reader import Reader
from ebana_core.spice.headers import head_and_tail, tail_settings
from ebana_core.spice.lines import Statement
from ebana_core.spice.parameters import Setting
from ebana_core.spice.scopes import Instance, Scopes
from ebana_core.spice.temperatures import SETTING, check_within
from ebana_core.spice.words import checked_name, checked_node

MOST = 10_000
"""Largest number of elements of a flattened subcircuit, instances of others included."""
INITIAL = re.compile(r"\.ic\b", re.IGNORECASE)
VOLTAGE = re.compile(r"v\s*\(\s*([^\s()]+)\s*\)\s*=\s*(\{[^{}]*\}|'[^']*'|[^\s=]+)", re.IGNORECASE)
"""A setting of ``.ic``: a node and its initial voltage."""
WITHOUT_EFFECT = re.compile(
    r"\.(?:tran|ac|dc|op|noise|tf|pz|sens|disto|four|print|plot|probe|save|meas\w*|width|output"
    r"|ic|nodeset|backanno|title|end)\b",
    re.IGNORECASE,
)
"""Analyses, what they print, and where they begin: no operating point depends on them, but what
a circuit holds as its state is read from ``.ic``."""
DEFINING = re.compile(r"\.(?:model|param\w*|func)\b", re.IGNORECASE)
CONDITIONAL = re.compile(r"\.(if|elseif|elif|else|endif)\b", re.IGNORECASE)


def is_definition(statement: Statement) -> bool:
    """Tell whether a line defines something, or has no effect."""
    patterns = DEFINING, CONDITIONAL, WITHOUT_EFFECT, SETTING
    return any(pattern.match(statement.text) for pattern in patterns)


def foreign(statement: Statement) -> CircuitError:
    """Return the error of a line that no subcircuit may hold."""
    return CircuitError(
        f"{statement.quoted} does not belong in a subcircuit: commands, files and settings are "
        "refused.",
        "remove it: a subcircuit holds elements, .model, .param, .func and .subckt",
    )


def _circle(names: list[str]) -> str:
    """Return how the last of nested subcircuits comes to contain itself; empty: it does not."""
    before = names[:-1]
    if names[-1] not in before:
        return ""
    start = len(before) - 1 - before[::-1].index(names[-1])
    return f", in a circle: {' -> '.join(names[start:])}"


class Flattener:
    """Copies elements of subcircuits in subcircuits, and counts them.

    Args:
        scopes: What names mean.
        chosen: The subcircuit.
    """

    def __init__(self, scopes: Scopes, chosen: Definition) -> None:
        self.scopes, self.chosen, self.count = scopes, chosen, 0
        self.initial: dict[str, float] = {}
        """Node to the voltage that ``.ic`` gives it, V."""
        self._around: list[str] = []  # names of the subcircuits that are open, from the outside in
        ports = {port: port for port in scopes.header(chosen).ports}
        instance = scopes.instance(chosen, scopes.outermost, {})
        self.lines = tuple(self._flattened(instance, (), ports, 1.0))

    def _flattened(
        self, instance: Instance, path: tuple[str, ...], ports: Mapping[str, str], size: float
    ) -> Iterator[Line]:
        definition = instance.definition
        del self._around[len(path) :]
        self._around.append(definition.name)
        if len(path) > DEEPEST or definition.depth > DEEPEST:
            raise CircuitError(
                f"Subcircuits are nested more than {DEEPEST} deep, at {definition.name!r}"
                f"{_circle(self._around)}.",
                "check that no subcircuit contains itself",
            )
        statements = list(self._active(instance))
        names = (statement.text.split(None, 1)[0].lower() for statement in statements)
        instances = frozenset(name for name in names if name[0] == "x")
        scope = Scope(path, ports, instances, self.scopes.common)
        reader = Reader(self.scopes, instance, scope, size)
        for statement in statements:
            if INITIAL.match(statement.text):
                self._begin(instance, scope, statement)
                continue
            self._count(definition)
            word = statement.text.split(None, 1)[0]
            if not word[0].isalpha():
                raise foreign(statement)
            name = checked_name(word, statement.quoted)
            place = (
                f"Element {scope.element(name)!r} of subcircuit {definition.name!r} "
                f"({statement.place})"
            )
            if name[0] == "k":  # of what it couples nothing is seen at DC
                yield Line(scope.element(name), "k", (), (), scope, place=place)
            elif name[0] == "x":
                yield from self._instance(instance, reader, statement, place)
            else:
                yield reader.line(name, statement.text, place)

    def _begin(self, instance: Instance, scope: Scope, statement: Statement) -> None:
        """Note the initial voltages of a line ``.ic``."""
        for node, formula in VOLTAGE.findall(statement.text):
            value = instance.parameters.compute(formula, statement.quoted)
            self.initial[scope.node(checked_node(node, statement.quoted))] = value

    def _count(self, definition: Definition) -> None:
        self.count += 1
        if self.count > MOST:
            raise CircuitError(
                f"Subcircuit {self.chosen.name!r} has more than {MOST} elements, "
                f"including those of the subcircuits in it (at {definition.name!r}).",
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
            elif SETTING.match(statement.text):
                check_within(statement, self.scopes.temperatures)
            elif INITIAL.match(statement.text) or not WITHOUT_EFFECT.match(statement.text):
                yield statement

    def _branch(
        self,
        word: str,
        statement: Statement,
        instance: Instance,
        states: list[tuple[bool, bool]],
    ) -> None:
        if word == "if":
            # Within lines that do not count no branch may: this one passes for taken.
            states.append((False, not all(counts for counts, _ in states)))
        elif not states:
            raise CircuitError(f"{statement.quoted} has no .if before it.", "remove it")
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
        header = self.scopes.header(target)
        nodes = header.at(words[1:-1], f"{place}, a {target.name!r},")
        outer = (reader.scope.node(checked_node(node, place)) for node in nodes)
        given = {setting.name: setting for setting in tail_settings(tail, place)}
        # Three in parallel, each of two in parallel, are six.
        size = reader.multiplicity * self._multiplicity(target, around, given)
        inner = self.scopes.instance(target, around, given)
        path = (*reader.scope.path, words[0].lower())
        yield from self._flattened(inner, path, dict(zip(header.ports, outer, strict=True)), size)

    def _multiplicity(
        self, target: Definition, around: Instance, given: dict[str, Setting]
    ) -> float:
        """Return how many copies of an instance lie in parallel; remove that from its settings."""
        # A subcircuit with a parameter m of its own means something else by it.
        if "m" not in given or any(own.name == "m" for own in self.scopes.parameters(target)):
            return 1.0
        setting = given.pop("m")
        size = around.parameters.compute(setting.formula, setting.place)
        if not size > 0:
            raise CircuitError(f"{setting.place} has m={size!r}.", "give a number above zero")
        return size
