"""A subcircuit without others in it: definitions, flattened."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.definitions import DEEPEST, GROUNDS, KINDS, Definition, read_definitions
from ebana_core.spice.lines import logical_lines
from ebana_core.spice.words import checked_name

LARGEST = 100_000
"""Characters of a subcircuit as it is written."""
MOST = 10_000
"""Elements of a subcircuit that is flattened, the instances of others among them."""
SEPARATOR = ":"
"""Between the names of subcircuits and nodes within them; no name that is typed can hold it."""
N_NODES: Mapping[str, int] = {"q": 3, "j": 3, "s": 4, "m": 4}
"""Nodes of an element, where they are not two; those that control E and G are words."""
MAY_HAVE_MODEL = "rcl"
"""First letters of elements that stand with a model or without."""
REFUSED: Mapping[str, tuple[str, str]] = {
    "a": ("a code model of XSPICE", "write what it does as B sources"),
    "n": ("a compiled Verilog-A device", "write what it does as B sources"),
    "o": ("a lossy transmission line", "at DC it is a resistor: write R elements"),
    "p": ("a coupled transmission line", "at DC it is resistors: write R elements"),
    "t": ("a transmission line", "at DC it is a wire: write V sources of 0 V"),
    "u": ("an RC line or a digital device", "write what it does as R elements or B sources"),
    "y": ("a transmission line", "at DC it is a resistor: write R elements"),
    "z": ("a MESFET", "write what it does as B sources"),
}
"""First letters of elements that no block holds: what they are, and what to do."""


@attrs.frozen
class Scope:
    """The names of one subcircuit in the flattened one.

    Args:
        path: The instances that it lies in.
        renamed: Its ports to the nodes around it.
        instances: Names of the subcircuits in it.
    """

    path: tuple[str, ...] = ()
    renamed: Mapping[str, str] = attrs.field(factory=dict)
    instances: frozenset[str] = frozenset()

    def element(self, name: str) -> str:
        """Return an element's name."""
        return "_".join((*self.path, name))

    def node(self, name: str) -> str:
        """Return a node's name.

        Raises:
            CircuitError: It would lie in another subcircuit.
        """
        if name in GROUNDS:
            return "0"
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
        nodes: What it is attached to.
        words: What follows the nodes; the model is left out.
        scope: Names where it stands.
        model: Its model.
        multiplicity: How many of it stand side by side, by the instances that it is in.
        temperature: Of the instances that it is in, °C; None: that of the circuit.
    """

    name: str
    kind: str
    nodes: tuple[str, ...]
    words: tuple[str, ...]
    scope: Scope
    model: ModelCard | None = None
    multiplicity: float = 1.0
    temperature: float | None = None

    @property
    def rest(self) -> str:
        """What follows the nodes, as text."""
        return " ".join(self.words)


@attrs.frozen
class Subcircuit:
    """A subcircuit without others in it.

    Args:
        name: In lower case.
        ports: Its nodes that are seen from outside.
        lines: Its elements.
        text: What it was read from, without comments.
        initial: Node to the voltage that ``.ic`` gives it, V.
    """

    name: str
    ports: tuple[str, ...]
    lines: tuple[Line, ...]
    text: str
    initial: Mapping[str, float] = attrs.field(factory=dict)


def read_subcircuit(source: Any) -> Subcircuit:
    """Return a subcircuit, flattened.

    Args:
        source: A PySpice `SubCircuit`, or the text that it prints: ``.subckt`` to ``.ends``.
            Of several definitions the last one counts; it may use those before it.

    Raises:
        CircuitError: A line that is no part of a circuit (commands, files), parameters, a
            missing subcircuit or model, a name or number that cannot be; says which line.
    """
    text = str(source)
    if len(text) > LARGEST:
        raise CircuitError(f"The subcircuit has {len(text)} characters.", f"use up to {LARGEST}")
    lines = list(logical_lines(text))
    top = read_definitions(lines)
    if not top.inner:
        raise CircuitError(
            f"{text[:60]!r} holds no subcircuit.", "give a PySpice SubCircuit, or .subckt ... .ends"
        )
    chosen = list(top.inner.values())[-1]
    if len(set(chosen.ports)) < len(chosen.ports) or not chosen.ports:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} has the ports {list(chosen.ports)}.",
            "give at least one port, each of its own name",
        )
    flat = _Flattener(chosen).lines
    counts = Counter(line.name for line in flat)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} holds {twice[0]!r} twice.", "name every element once"
        )
    return Subcircuit(chosen.name, chosen.ports, flat, "\n".join(lines) + "\n")


class _Flattener:
    """Copies elements of subcircuits in subcircuits, and counts them."""

    def __init__(self, chosen: Definition) -> None:
        self.chosen, self.count = chosen, 0
        ports = {port: port for port in chosen.ports}
        self.lines = tuple(self._flattened(chosen, _scope(chosen, (), ports)))

    def _flattened(self, definition: Definition, scope: Scope) -> Iterator[Line]:
        if len(scope.path) > DEEPEST:
            raise CircuitError(
                f"Subcircuits lie in each other more than {DEEPEST} deep, at {definition.name!r}.",
                "let no subcircuit hold itself",
            )
        for words in definition.lines:
            self.count += 1
            if self.count > MOST:
                raise CircuitError(
                    f"Subcircuit {self.chosen.name!r} has more than {MOST} elements, those of "
                    f"the subcircuits in it among them (at {definition.name!r}).",
                    "make it smaller: a block is repeated by the layer, not by itself",
                )
            name = checked_name(words[0], f"Subcircuit {definition.name!r}")
            place = f"Element {scope.element(name)!r} of subcircuit {definition.name!r}"
            if name[0] == "x":
                yield from self._instance(definition, scope, words, place)
            elif name[0] != "k":  # coupled inductors are wires at DC, each by itself
                yield _line(definition, scope, name, words, place)

    def _instance(
        self, definition: Definition, scope: Scope, words: list[str], place: str
    ) -> Iterator[Line]:
        target = definition.find(words[-1].lower())
        if target is None:
            raise CircuitError(
                f"{place} names the subcircuit {words[-1]!r}, which is missing.",
                "define it before, without parameters: self.subcircuit(...) in PySpice",
            )
        nodes = words[1:-1]
        if len(nodes) != len(target.ports):
            raise CircuitError(
                f"{place} has {len(nodes)} nodes; {target.name!r} has the ports "
                f"{list(target.ports)}.",
                "give one node per port",
            )
        around = (scope.node(checked_name(node, place)) for node in nodes)
        ports = dict(zip(target.ports, around, strict=True))
        yield from self._flattened(target, _scope(target, (*scope.path, words[0].lower()), ports))


def _scope(definition: Definition, path: tuple[str, ...], ports: Mapping[str, str]) -> Scope:
    firsts = (words[0].lower() for words in definition.lines)
    return Scope(path, ports, frozenset(name for name in firsts if name[0] == "x"))


def _line(
    definition: Definition, scope: Scope, name: str, words: Sequence[str], place: str
) -> Line:
    kind, model = name[0], None
    if kind in REFUSED:
        what, fix = REFUSED[kind]
        raise CircuitError(f"{place} is {what}, which no block holds.", fix)
    n_nodes = N_NODES.get(kind, 2)
    rest = list(words[1 + n_nodes :])
    if kind in MAY_HAVE_MODEL:
        model = _optional_model(definition, kind, rest, place)
    elif kind == "w":
        model = _model_of(definition, kind, rest[1:2], place)
        del rest[1]
    elif kind in KINDS:
        n_nodes, model = _modelled(definition, kind, words, place)
        rest = list(words[2 + n_nodes :])
    if len(words) < 1 + n_nodes:
        raise CircuitError(
            f"{place} has {len(words) - 1} words.", f"give {n_nodes} nodes and what follows"
        )
    nodes = tuple(scope.node(checked_name(word, place)) for word in words[1 : 1 + n_nodes])
    return Line(scope.element(name), kind, nodes, tuple(rest), scope, model)


def _optional_model(
    definition: Definition, kind: str, rest: list[str], place: str
) -> ModelCard | None:
    """Return the model that one of the first two words names, and take that word out."""
    for k, word in enumerate(rest[:2]):
        if definition.model(word.lower()) is not None:
            return _model_of(definition, kind, [rest.pop(k)], place)
    return None


def _modelled(
    definition: Definition, kind: str, words: Sequence[str], place: str
) -> tuple[int, ModelCard]:
    """Return the number of an element's nodes, and its model."""
    usual = N_NODES.get(kind, 2)
    if kind == "q":  # a substrate may stand before the model
        longer = words[2 + usual : 3 + usual]
        if not _is_model(definition, words[1 + usual : 2 + usual]) and _is_model(
            definition, longer
        ):
            return usual + 1, _model_of(definition, kind, longer, place)
    return usual, _model_of(definition, kind, words[1 + usual : 2 + usual], place)


def _is_model(definition: Definition, words: Sequence[str]) -> bool:
    return bool(words) and definition.model(words[0].lower()) is not None


def _model_of(definition: Definition, kind: str, words: Sequence[str], place: str) -> ModelCard:
    """Return the model that a word names, which must be one for elements of this letter."""
    named = words[0] if words else ""
    model = definition.model(named.lower())
    if model is None:
        raise CircuitError(
            f"{place} names the model {named!r}, which is missing.", "add its .model"
        )
    if model.type not in KINDS[kind]:
        raise CircuitError(
            f"{place} is of a model {model.type!r}.",
            f"give it one of type {' or '.join(KINDS[kind])}",
        )
    return model
