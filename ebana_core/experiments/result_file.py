"""What the file of a result holds, looked at part by part before anything is made of it."""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ebana_core.checking import as_whole, shown

FORMAT = 1
"""Of the files; a reader refuses others."""
PARTS = {
    "format": int,
    "experiment": str,
    "command": str,
    "hyperparameters": dict,
    "made_with": dict,
    "outcomes": list,
    "is_quick": bool,
}
"""Names of all parts, and of what kind each is in JSON."""
SEED_PARTS = {"seed": int, "seconds": int | float | None, "measured": dict, "curves": dict}
"""The same of what one seed gave."""
MAY_LACK = ("is_quick", "curves")
"""Older files do not have these."""


def check_result(plain: Any) -> None:
    """Refuse plain data other than a result of this format.

    A result that was edited by hand must not be taken for one that was measured: a seed that
    stands twice would count twice.

    Args:
        plain: What JSON says.

    Raises:
        ValueError: Names the part, and quotes it.
    """
    if isinstance(plain, dict) and plain.get("format", FORMAT) != FORMAT:
        raise ValueError(f"format is {shown(plain['format'])}, and this version reads {FORMAT}")
    _check_parts(plain, PARTS, "the file")
    _check_all(plain["hyperparameters"].items(), int | float | str, "hyperparameters")
    made_with = plain["made_with"]
    _check_kind(made_with.get("versions"), dict, "made_with.versions")
    _check_all(made_with["versions"].items(), str, "made_with.versions")
    _check_kind(made_with.get("threads"), str, "made_with.threads")
    if not plain["outcomes"]:
        raise ValueError("outcomes is [], and a seed at least has one")
    for place, outcome in enumerate(plain["outcomes"]):
        _check_outcome(outcome, f"outcomes[{place}]")
    seeds = [outcome["seed"] for outcome in plain["outcomes"]]
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise ValueError(f"outcomes has seed {twice[0]} more than once")


def _check_outcome(outcome: Any, own: str) -> None:
    _check_parts(outcome, SEED_PARTS, own)
    seed, seconds = as_whole(outcome["seed"]), outcome["seconds"]
    if seed is None or seed < 0:
        raise ValueError(f"{own}.seed is {shown(outcome['seed'])}, and seeds count from 0")
    if seconds is not None and not (_is_number(seconds) and 0 <= seconds < math.inf):
        raise ValueError(f"{own}.seconds is {shown(seconds)}, and a time is zero seconds or more")
    _check_numbers(outcome["measured"].items(), f"{own}.measured")
    for name, curve in outcome.get("curves", {}).items():
        _check_kind(curve, list, f"{own}.curves.{name}")
        _check_numbers(
            ((f"[{place}]", value) for place, value in enumerate(curve)), f"{own}.{name}"
        )


def _check_parts(plain: Any, parts: Mapping[str, Any], own: str) -> None:
    _check_kind(plain, dict, own)
    missing = [name for name in parts if name not in plain and name not in MAY_LACK]
    others = _others(plain, parts)
    if missing or others:
        raise ValueError(
            f"{own} has no {missing}"
            if missing
            else f"{own} has {others}, and its parts are {[*parts]}"
        )
    for name, kind in parts.items():
        if name in plain:
            _check_kind(plain[name], kind, name if own == "the file" else f"{own}.{name}")


def _others(plain: Collection[str], parts: Collection[str]) -> list[str]:
    return [name for name in plain if name not in parts]


def _check_all(items: Iterable[tuple[str, Any]], kind: Any, own: str) -> None:
    for name, value in items:
        _check_kind(value, kind, f"{own}.{name}")


def _check_numbers(items: Iterable[tuple[str, Any]], own: str) -> None:
    for name, value in items:
        if not _is_number(value):
            raise ValueError(f"{own}.{name} is {shown(value)}, and figures are numbers")


def _check_kind(value: Any, kind: Any, own: str) -> None:
    # A truth value is a whole number to Python, and none to whoever reads the file.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{own} is {shown(value)}")


def _is_number(value: Any) -> bool:
    """Tell whether a value is a number that a float holds; what is infinite or none is one, too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True
