"""The kinds of diode: which law each stands for, and which texts it takes."""

from collections.abc import Callable, Mapping
from typing import Any

from ebana_core.errors import ParameterError
from ebana_core.laws import Law
from ebana_diode_mos.behavioral import Ramp

TEXTS: Mapping[str, tuple[str, ...]] = {
    "behavioral": (),
}
"""Keys of `param` that are not numbers, by kind."""

LAWS: Mapping[str, Callable[..., Law]] = {"behavioral": Ramp}


def diode_law(layer: str, kind: str, param: Mapping[str, Any]) -> Law:
    """Return the law of a kind.

    Raises:
        ParameterError: Unknown kind.
    """
    if kind not in LAWS:
        raise ParameterError(
            f"Layer {layer!r} has kind {kind!r}; known kinds: {sorted(LAWS)}.",
            f"use one of {sorted(LAWS)}",
        )
    return LAWS[kind](**{key: param[key] for key in TEXTS[kind] if key in param})


def numbers_of(kind: str, param: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numeric values among `param`."""
    return {key: value for key, value in param.items() if key not in TEXTS.get(kind, ())}
