"""Reads subcircuits as PySpice prints them, refuses what could run commands, flattens them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.words import checked_name, read_number

LARGEST = 100_000
"""Characters of a subcircuit, before and after it is flattened."""
DEEPEST = 20
"""Subcircuits within each other."""
GROUNDS = ("0", "gnd")
ELEMENTS = frozenset("rvidbefghmclqjsx")
"""First letters of the elements that a block may hold."""
MODELS = frozenset(["d", "nmos", "pmos", "npn", "pnp", "njf", "pjf", "sw", "csw"])
N_NODES: Mapping[str, int] = {"q": 3, "j": 3, "s": 4, "m": 4, "e": 4, "g": 4}
"""Nodes of an element, where they are not two."""
VALUED = re.compile(r"(?:value|vol|cur|i|v)\s*=", re.IGNORECASE)
SETTING = re.compile(r"\s*([a-z_]\w*)\s*=\s*([^\s=()]+)\s*", re.IGNORECASE)
PRINTABLE = re.compile(r"[\x20-\x7eΩµ]*")


@attrs.frozen
class Line:
    """An element, its nodes as they are named in the flattened subcircuit.

    Args:
        name: In lower case, behind the names of the subcircuits that it is in.
        nodes: What it is attached to.
        words: What follows the nodes.
        prefix: Of names in its subcircuit.
        renamed: Node names of its own subcircuit to those in the flattened one.
        model: The model that `words` names.
    """

    name: str
    nodes: tuple[str, ...]
    words: tuple[str, ...]
    prefix: str
    renamed: Mapping[str, str]
    model: ModelCard | None = None

    @property
    def kind(self) -> str:
        """First letter of the name that it has in its own subcircuit."""
        return self.name[len(self.prefix)]

    @property
    def rest(self) -> str:
        """What follows the nodes, as text."""
        return " ".join(self.words)

    def node(self, name: str) -> str:
        """Return a node's name in the flattened subcircuit."""
        if name in GROUNDS:
            return "0"
        return self.renamed.get(name, self.prefix + name)


@attrs.frozen
class Subcircuit:
    """A subcircuit without others in it.

    Args:
        name: In lower case.
        ports: Its nodes that are seen from outside.
        lines: Its elements.
        text: What it was read from, without comments.
    """

    name: str
    ports: tuple[str, ...]
    lines: tuple[Line, ...]
    text: str


@attrs.frozen(eq=False)
class _Definition:
    """A subcircuit as it is written, with the definitions that it can see."""

    name: str
    ports: tuple[str, ...]
    outer: "_Definition | None"
    lines: list[list[str]] = attrs.field(factory=list)
    inner: dict[str, "_Definition"] = attrs.field(factory=dict)
    models: dict[str, ModelCard] = attrs.field(factory=dict)

    def find(self, name: str) -> "_Definition | None":
        found = self.inner.get(name)
        return found or (self.outer.find(name) if self.outer else None)

    def model(self, name: str) -> ModelCard | None:
        found = self.models.get(name)
        return found or (self.outer.model(name) if self.outer else None)


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
    lines = list(_logical_lines(text))
    top = _defined(lines)
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
    flat = tuple(_flattened(chosen, "", {port: port for port in chosen.ports}, 0))
    names = [line.name for line in flat]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} holds {twice[0]!r} twice.", "name every element once"
        )
    return Subcircuit(chosen.name, chosen.ports, flat, "\n".join(lines) + "\n")


def _logical_lines(text: str) -> Iterator[str]:
    """Yield lines without comments, continuations joined."""
    waiting = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not PRINTABLE.fullmatch(line):
            raise CircuitError(
                f"A netlist line is {line[:60]!r}.", "use printable characters, no tabs in names"
            )
        if not line or line.startswith("*"):
            continue
        if line.startswith("+") and waiting:
            waiting += " " + line[1:]
            continue
        if waiting:
            yield waiting
        waiting = line
    if waiting:
        yield waiting


def _defined(lines: Sequence[str]) -> _Definition:
    top = current = _Definition("", (), None)
    for line in lines:
        words = line.split()
        first = words[0].lower()
        if first == ".subckt":
            current = _begun(words, line, current)
        elif first == ".ends":
            if current.outer is None:
                raise CircuitError(f"The line {line!r} ends no subcircuit.", "remove it")
            current = current.outer
        elif first == ".model":
            name, card = _model(line)
            current.models[name] = card
        elif first[0] in ELEMENTS and current is not top:
            current.lines.append(words)
        else:
            raise CircuitError(
                f"The netlist line {line[:80]!r} is no part of a subcircuit; commands, files and "
                "settings are refused.",
                "leave it out: elements, .model and .subckt only",
            )
    if current is not top:
        raise CircuitError(f"Subcircuit {current.name!r} does not end.", "close it with .ends")
    return top


def _begun(words: list[str], line: str, outer: _Definition) -> _Definition:
    if len(words) < 2 or any("=" in word or word.lower() == "params:" for word in words):
        raise CircuitError(
            f"The line {line[:80]!r} has parameters, or no name.",
            "write the numbers into the elements: a block's values are trained and varied by name",
        )
    name, *ports = (checked_name(word, f"The line {line[:80]!r}") for word in words[1:])
    definition = _Definition(name, tuple(ports), outer)
    outer.inner[name] = definition
    return definition


def _model(line: str) -> tuple[str, ModelCard]:
    place = f"The line {line[:80]!r}"
    words = line.split(None, 2)
    if len(words) < 2:
        raise CircuitError(f"{place} names no model.", "write .model NAME TYPE (KEY=NUMBER ...)")
    name, rest = checked_name(words[1], place), (words[2] if len(words) > 2 else "")
    found = re.match(r"[a-z]+", rest, re.IGNORECASE)
    kind = found.group().lower() if found else ""
    if kind not in MODELS:
        raise CircuitError(
            f"{place} is a model of type {rest.split('(')[0].strip()!r}.",
            f"use one of {sorted(MODELS)}",
        )
    inner = rest[len(kind) :].strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    numbers: dict[str, float] = {}
    position = 0
    while position < len(inner.rstrip()):
        setting = SETTING.match(inner, position)
        if not setting:
            raise CircuitError(
                f"{place} holds {inner[position:][:40]!r}.", "write KEY=NUMBER, one by one"
            )
        numbers[setting.group(1).lower()] = read_number(setting.group(2), place)
        position = setting.end()
    return name, ModelCard(kind, tuple(numbers.items()))


def _flattened(
    definition: _Definition, prefix: str, renamed: Mapping[str, str], depth: int
) -> Iterator[Line]:
    if depth > DEEPEST:
        raise CircuitError(
            f"Subcircuits lie in each other more than {DEEPEST} deep, at {definition.name!r}.",
            "let no subcircuit hold itself",
        )
    for words in definition.lines:
        name = checked_name(words[0], f"Subcircuit {definition.name!r}")
        place = f"Element {prefix + name!r} of subcircuit {definition.name!r}"
        if name[0] == "x":
            yield from _instance(definition, prefix, renamed, words, place, depth)
            continue
        n_nodes = N_NODES.get(name[0], 2)
        if name[0] in "eg" and len(words) > 3 and VALUED.match(" ".join(words[3:])):
            n_nodes = 2
        model = None
        if name[0] in "dmqjs":
            n_nodes, model = _modelled(definition, words, n_nodes, place)
        if len(words) < 2 + n_nodes:
            raise CircuitError(
                f"{place} has {len(words) - 1} words.", f"give {n_nodes} nodes and what follows"
            )
        line = Line(prefix + name, (), tuple(words[1 + n_nodes :]), prefix, renamed, model)
        nodes = [line.node(checked_name(word, place)) for word in words[1 : 1 + n_nodes]]
        yield attrs.evolve(line, nodes=tuple(nodes))


def _modelled(
    definition: _Definition, words: list[str], n_nodes: int, place: str
) -> tuple[int, ModelCard]:
    for n in (n_nodes, n_nodes + 1):
        if len(words) > n + 1:
            model = definition.model(words[n + 1].lower())
            if model is not None:
                return n, model
    named = words[n_nodes + 1] if len(words) > n_nodes + 1 else ""
    raise CircuitError(f"{place} names the model {named!r}, which is missing.", "add its .model")


def _instance(
    definition: _Definition,
    prefix: str,
    renamed: Mapping[str, str],
    words: list[str],
    place: str,
    depth: int,
) -> Iterator[Line]:
    target = definition.find(words[-1].lower()) if "=" not in words[-1] else None
    if target is None:
        raise CircuitError(
            f"{place} names the subcircuit {words[-1]!r}, which is missing.",
            "define it before, without parameters: self.subcircuit(...) in PySpice",
        )
    nodes = words[1:-1]
    if len(nodes) != len(target.ports):
        raise CircuitError(
            f"{place} has {len(nodes)} nodes; {target.name!r} has the ports {list(target.ports)}.",
            "give one node per port",
        )
    here = Line("x", (), (), prefix, renamed)
    outer = {
        port: here.node(checked_name(node, place))
        for port, node in zip(target.ports, nodes, strict=True)
    }
    yield from _flattened(target, f"{prefix}{words[0].lower()}_", outer, depth + 1)
