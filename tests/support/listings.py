"""What the program ngspice makes of a text: the numbers that it lists at an operating point."""

import re
import subprocess
from collections.abc import Mapping

DIGITS = 1e-5
"""Relative: the program lists six digits."""


def listed(deck: str, what: str, kind: str = "device") -> Mapping[str, float]:
    """Return device, or model, to the number listed behind a word such as ``resistance``."""
    done = subprocess.run(
        ["ngspice", "-b"],
        input=deck,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    names: list[str] = []
    found: dict[str, float] = {}
    for line in done.stdout.splitlines():
        key, *words = line.split() or [""]
        if key == kind:
            names = words
        elif key == what:
            found |= {name: float(word) for name, word in zip(names, words, strict=True)}
    assert found, done.stdout + done.stderr
    return found


def resistances(text: str) -> Mapping[str, float]:
    """Return the resistances in an instance of subcircuit s of two ports, by flattened names."""
    deck = f"* title\n{text}\nxs 1 2 s\nvx 1 0 1\nrx 2 0 1\n.op\n.end\n"
    found = listed(deck, "resistance")
    inside = {re.sub(r"^r\.(xs\.)", r"\1", name): value for name, value in found.items()}
    return {_flat(name): value for name, value in inside.items() if name.startswith("xs.")}


def _flat(name: str) -> str:
    """Return a name as blocks write it: ``xs.x1.r1``, or ``xs.r.x1.r1``, is ``x1_r1``."""
    parts = name.split(".")[1:]
    return "_".join(part for part in parts if part != "r")
