"""Recordings of published networks of transistors, see tests/data/cclln/README.md."""

from collections.abc import Mapping


def card(device: Mapping[str, float]) -> dict[str, float]:
    """Return the words of a model from a recording's, whose names end in units."""
    units = ("_ohm_per_square", "_A_per_V2", "_sqrtV", "_per_V", "_V", "_A", "_m", "")
    words = {}
    for key, value in device.items():
        unit = next(unit for unit in units if key.endswith(unit))
        words[key.removesuffix(unit).lower()] = value
    return words
