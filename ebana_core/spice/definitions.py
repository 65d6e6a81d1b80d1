"""Definitions of a netlist: subcircuits and models, as they are written."""

import re
from collections.abc import Iterable, Mapping

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.words import checked_name, read_number

DEEPEST = 20
"""Subcircuits within each other."""
GROUNDS = ("0", "gnd")
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
SETTING = re.compile(r"\s*([a-z_]\w*)\s*=\s*([^\s=()]+)\s*", re.IGNORECASE)


@attrs.frozen(eq=False)
class Definition:
    """A subcircuit as it is written, with the definitions that it can see.

    Args:
        name: In lower case; empty for what stands around all subcircuits.
        ports: Its nodes that are seen from outside.
        outer: The definition that it stands in.
        lines: The words of its elements.
        inner: Subcircuits that are defined in it, in the order of their ends.
        models: Its models.
    """

    name: str
    ports: tuple[str, ...]
    outer: "Definition | None"
    lines: list[list[str]] = attrs.field(factory=list)
    inner: dict[str, "Definition"] = attrs.field(factory=dict)
    models: dict[str, ModelCard] = attrs.field(factory=dict)

    @property
    def depth(self) -> int:
        """How many definitions it stands in."""
        return 0 if self.outer is None else 1 + self.outer.depth

    def find(self, name: str) -> "Definition | None":
        """Return the subcircuit that a name means here."""
        found = self.inner.get(name)
        return found or (self.outer.find(name) if self.outer else None)

    def model(self, name: str) -> ModelCard | None:
        """Return the model that a name means here."""
        found = self.models.get(name)
        return found or (self.outer.model(name) if self.outer else None)

    def says(self, other: "Definition") -> bool:
        """Tell whether another definition says the same."""
        return (
            self.ports == other.ports
            and _lowered(self.lines) == _lowered(other.lines)
            and self.models == other.models
            and self.inner.keys() == other.inner.keys()
            and all(inner.says(other.inner[name]) for name, inner in self.inner.items())
        )


def _lowered(lines: list[list[str]]) -> list[list[str]]:
    return [[word.lower() for word in words] for words in lines]


def read_definitions(lines: Iterable[str]) -> Definition:
    """Return what lines define.

    Raises:
        CircuitError: A line that is no part of a circuit, a name with two meanings, parameters.
    """
    top = current = Definition("", (), None)
    for line in lines:
        words = line.split()
        first = words[0].lower()
        if first == ".subckt":
            current = _begun(words, line, current)
        elif first == ".ends":
            current = _ended(line, current)
        elif first == ".model":
            _add_model(line, current)
        elif first[0].isalpha() and current is not top:
            current.lines.append(words)
        else:
            raise CircuitError(
                f"The netlist line {line[:80]!r} is no part of a subcircuit; commands, files and "
                "settings are refused.",
                "leave it out: elements, .model, .ic and .subckt only",
            )
    if current is not top:
        raise CircuitError(f"Subcircuit {current.name!r} does not end.", "close it with .ends")
    return top


def _begun(words: list[str], line: str, outer: Definition) -> Definition:
    place = f"The line {line[:80]!r}"
    if len(words) < 2 or any("=" in word or word.lower() == "params:" for word in words):
        raise CircuitError(
            f"{place} has parameters, or no name.",
            "write the numbers into the elements: a block's values are trained and varied by name",
        )
    name, *ports = (checked_name(word, place) for word in words[1:])
    grounds = sorted(set(ports).intersection(GROUNDS))
    if grounds:
        raise CircuitError(
            f"{place} has the port {grounds[0]!r}, which is ground everywhere.",
            "leave it out, or give the port another name",
        )
    if outer.depth >= DEEPEST:
        raise CircuitError(f"{place} lies more than {DEEPEST} deep.", "define subcircuits in a row")
    return Definition(name, tuple(ports), outer)


def _ended(line: str, current: Definition) -> Definition:
    """Note a subcircuit in the definition around it, which is returned."""
    outer = current.outer
    if outer is None:
        raise CircuitError(f"The line {line!r} ends no subcircuit.", "remove it")
    known = outer.inner.pop(current.name, None)
    if known is not None and not known.says(current):
        raise CircuitError(
            f"Subcircuit {current.name!r} is defined twice, differently.", "rename one of them"
        )
    outer.inner[current.name] = current
    return outer


def _add_model(line: str, current: Definition) -> None:
    name, card = _model(line)
    if current.models.get(name, card) != card:
        raise CircuitError(
            f"The line {line[:80]!r} is the second model {name!r} of its subcircuit.",
            "rename one of them",
        )
    current.models[name] = card


def _model(line: str) -> tuple[str, ModelCard]:
    place = f"The line {line[:80]!r}"
    words = line.split(None, 2)
    if len(words) < 2:
        raise CircuitError(f"{place} names no model.", "write .model NAME TYPE (KEY=NUMBER ...)")
    name, rest = checked_name(words[1], place), (words[2] if len(words) > 2 else "")
    found = re.match(r"[a-z]+", rest, re.IGNORECASE)
    kind = found.group().lower() if found else ""
    known = sorted(kind for kinds in KINDS.values() for kind in kinds)
    if kind not in known:
        raise CircuitError(
            f"{place} is a model of type {rest.split('(')[0].strip()!r}.", f"use one of {known}"
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
    if {"vto", "vt0"} <= numbers.keys():
        raise CircuitError(f"{place} gives vto and vt0, which are one.", "leave one out")
    return name, ModelCard(kind, tuple(numbers.items()))
