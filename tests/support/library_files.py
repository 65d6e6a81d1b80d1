"""A library of SPICE models on disk: what a test writes, and what is read back."""

from pathlib import Path

from ebana_core.spice import read_library

GOOD = ".model dx d(is=3e-9 n=1.7 rs=2)\n"


def numbers(path: Path, name: str = "dx") -> tuple[tuple[str, float], ...]:
    return read_library(path).model(name).numbers
