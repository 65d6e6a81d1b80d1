"""The kinds of diode: which law each stands for, and which texts it takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ebana_core.checking import shown
from ebana_core.errors import ParameterError
from ebana_core.laws import Law
from ebana_core.laws.junction import Junction
from ebana_core.papers.entries import KENDALL_2020, SCELLIER_2024, WATFA_2022
from ebana_diode_mos.behavioral import Ramp
from ebana_diode_mos.card_mos import card_mos
from ebana_diode_mos.exponential import Antiparallel, Shockley
from ebana_diode_mos.measured import SCALE, checked_points
from ebana_diode_mos.model_files import card_law
from ebana_diode_mos.mos import DiodeMos


def _behavioral(layer: str) -> Law:
    del layer
    return Ramp()


def _real(layer: str, model_name: str | None = None, path: Any = None) -> Law:
    if model_name is None and path is None:
        return Junction()
    _check_both(layer, model_name, path)
    return card_law(layer, str(model_name), path)


def _mos(
    layer: str, channel: Any = None, model_name: str | None = None, path: Any = None, **sizes: Any
) -> Law:
    if model_name is None and path is None:
        return DiodeMos("n" if channel is None else channel)
    _check_both(layer, model_name, path)
    if channel is not None:
        raise ParameterError(
            f"Layer {layer!r} has channel={channel!r} beside a model from a file.",
            "leave channel out: the type of the model says it",
        )
    return card_mos(layer, str(model_name), path, sizes)


def _check_both(layer: str, model_name: str | None, path: Any) -> None:
    if model_name is None or path is None:
        raise ParameterError(
            f"Layer {layer!r} has model_name={model_name!r} and path={path!r}.",
            "give both, or neither",
        )


def _shockley(layer: str) -> Law:
    del layer
    return Shockley()


def _antiparallel(layer: str) -> Law:
    del layer
    return Antiparallel()


TEXTS: Mapping[str, tuple[str, ...]] = {
    "behavioral": (),
    "real": ("model_name", "path"),
    "mos": ("channel", "model_name", "path"),
    "shockley": (),
    "antiparallel": (),
}
"""Keys of `param` that are not numbers, by kind."""

LAWS: Mapping[str, Callable[..., Law]] = {
    "behavioral": _behavioral,
    "real": _real,
    "mos": _mos,
    "shockley": _shockley,
    "antiparallel": _antiparallel,
}

PAPERS: Mapping[str, tuple[str, ...]] = {
    "behavioral": (WATFA_2022,),
    "antiparallel": (KENDALL_2020,),
    "ideal": (SCELLIER_2024,),
}
"""Papers that use a kind in networks that learn, by kind."""

IDEAL = "ideal"
"""Kind without a law: it holds its node at the bias voltage, or carries no current."""

TABLE = "table"
"""Kind whose law is a measured table, which the layer holds beside `param`."""

KINDS = (*sorted(LAWS), IDEAL, TABLE)

OF_A_CARD = ("W", "L", "temperature")
"""Numbers of a transistor that its law takes beside a model from a file."""

UNDIRECTED = ("antiparallel",)
"""Kinds that conduct both ways alike, and so take no direction."""


def diode_law(
    layer: str, kind: str, param: Mapping[str, Any], points: tuple[Any, Any] = (None, None)
) -> Law:
    """Return the law of a kind.

    Args:
        layer: For errors.
        kind: Its name.
        param: Numbers and texts of the kind.
        points: Voltages and currents of a table, V and A.

    Raises:
        ParameterError: Unknown kind, or points of a table that `checked_points` refuses.
    """
    if kind == TABLE:
        return checked_points(f"Layer {layer!r}", *points)
    keys = (*TEXTS[kind], *(OF_A_CARD if _has_card(kind, param) else ()))
    return LAWS[kind](layer, **{key: param[key] for key in keys if key in param})


def _has_card(kind: str, param: Mapping[str, Any]) -> bool:
    """Tell whether a transistor's model comes from a file."""
    return kind == "mos" and "model_name" in param


def check_param_keys(layer: str, kind: str, param: Mapping[str, Any]) -> None:
    """Refuse keys of `param` that belong to other kinds alone.

    Raises:
        ParameterError: Names the key and the kinds that know it.
    """
    own = _keys_of(kind)
    for key in param:
        # Keys that no kind knows are refused where the values are checked.
        others = [
            other
            for other in (*LAWS, TABLE)
            if key in (*TEXTS.get(other, ()), *_number_names(other))
        ]
        if key not in own and others:
            raise ParameterError(
                f"Layer {layer!r} of kind {kind!r} has param key {key!r}, which belongs to "
                f"{' and '.join(map(repr, others))}.",
                f"give kind={others[0]!r}, or one of {sorted(own)}",
            )


def _keys_of(kind: str) -> tuple[str, ...]:
    return (*TEXTS.get(kind, ()), *_number_names(kind))


def _number_names(kind: str) -> Sequence[str]:
    """Return the values of a kind without a model file."""
    if kind == TABLE:
        return [SCALE.name]
    return [value.name for value in LAWS[kind]("").values] if kind in LAWS else []


def numbers_of(kind: str, param: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numeric values among `param`."""
    others = (*TEXTS.get(kind, ()), *(OF_A_CARD if _has_card(kind, param) else ()))
    return {key: value for key, value in param.items() if key not in others}


def check_points(layer: str, kind: str, given: Mapping[str, Any]) -> None:
    """Refuse a table without points, and points of another kind.

    Args:
        layer: For errors.
        kind: Its name.
        given: Name of a setting to the points; None where it is left out.

    Raises:
        ParameterError: Names the setting.
    """
    for name, points in given.items():
        if kind == TABLE and points is None:
            raise ParameterError(
                f"Layer {layer!r} of kind {TABLE!r} has no {name}.",
                "give the measured points: voltages=[...] (V) and currents=[...] (A)",
            )
        if kind != TABLE and points is not None:
            raise ParameterError(
                f"Layer {layer!r} of kind {kind!r} has {name}={shown(points)}, which belong to "
                f"kind {TABLE!r}.",
                f"give kind={TABLE!r}, or leave {name} out",
            )
