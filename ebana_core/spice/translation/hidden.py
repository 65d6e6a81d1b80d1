"""Nodes within transistors: those behind the resistances of their models."""

from collections.abc import Mapping

from ebana_core.spice.element import SEPARATOR, Line

HIDDEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "q": {"collector": ("rc",), "base": ("rb",), "emitter": ("re",)},
    "m": {"drain": ("rd", "rsh"), "source": ("rs", "rsh")},
    "j": {"drain": ("rd",), "source": ("rs",)},
}
"""Kind of element to its terminals, and to the words of resistances behind them."""


def foreign_reason(line: Line) -> str:
    """Return why a transistor is known to ngspice alone; empty: it is not."""
    given = dict(line.model.numbers) if line.model else {}
    level = given.get("level", 1.0)
    # Levels whose laws are known here; ngspice takes level 0 of M and J models for 1.
    known = {"q": (1.0,), "m": (0.0, 1.0, 3.0), "j": (0.0, 1.0)}.get(line.kind, ())
    if level not in known:
        return f"a transistor of level {level:g}"
    if line.kind == "q" and "rco" in given:
        return "a transistor with ['rco'] (quasi-saturation)"
    return ""


def hidden_nodes(line: Line) -> tuple[str, ...]:
    """Return names of the nodes within a transistor."""
    if line.kind not in HIDDEN or line.model is None or foreign_reason(line):
        return ()
    return tuple(
        hidden_node(line, terminal)
        for terminal, words in HIDDEN[line.kind].items()
        if any(value for name, value in line.model.numbers if name in words)
    )


def hidden_node(line: Line, terminal: str) -> str:
    """Return the name of the node behind a terminal."""
    return f"{line.name}{SEPARATOR}{terminal}"
