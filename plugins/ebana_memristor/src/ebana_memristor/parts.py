"""Checks of a memristor layer: parts that belong together, recorded pulses, states."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_memristor.cells import Cell, Stanford
from ebana_memristor.checks import is_within, plain
from ebana_memristor.device_responses import GapDynamics
from ebana_memristor.effects import Effect
from ebana_memristor.programming import Pulses
from ebana_memristor.stepping import check_drive


def of_kind(kind: Any, what: str) -> Any:
    """Return a validator of a layer's settings of some type; the error names the layer."""

    def check(layer: Any, field: Any, value: Any) -> None:
        if not isinstance(value, kind):
            problem = f"Layer {layer.name!r} has {field.name}={value!r}."
            raise ParameterError(problem, f"give {what}")

    return check


def check_effects(layer: Any, _: object, effects: Any) -> None:
    """Let pass effects only, each kind once."""
    is_tuple = isinstance(effects, tuple)
    kinds = [type(effect) for effect in effects] if is_tuple else []
    if not is_tuple or not all(issubclass(kind, Effect) for kind in kinds):
        raise ParameterError(
            f"Layer {layer.name!r} has effects={effects!r}.",
            "give a list of effects such as [PulseNoise(0.1)]",
        )
    if len(set(kinds)) < len(kinds):
        raise ParameterError(
            f"Layer {layer.name!r} has effects={list(effects)!r}.", "give each kind once"
        )


def check_parts(name: str, cell: Cell, pulses: Pulses | None, effects: Sequence[Effect]) -> None:
    """Refuse effects and pulses that are not for the cells of a layer.

    Args:
        name: Of the layer.
        cell: What each cell is.
        pulses: What programs them; None: nothing.
        effects: What they do otherwise.

    Raises:
        ParameterError: Names the layer, and what does not fit.
    """
    for effect in effects:
        effect.check_cell(cell, name)
    of_pulses = [effect for effect in effects if effect.acts_on_pulses]
    if pulses is None:
        if of_pulses:
            raise ParameterError(
                f"Layer {name!r} has effects={of_pulses!r} and no pulses.",
                "give pulses=Pulses(...), whose steps they change",
            )
        return
    response = pulses.response
    if response.window is not None:
        is_one = np.allclose(response.window, cell.window, rtol=1e-9, atol=0)
        # Equal windows are not enough: the model also says how a pulse moves the gap.
        if isinstance(response, GapDynamics) and isinstance(cell, Stanford):
            is_one = response.model == cell.model
        if not is_one:
            raise ParameterError(
                f"Layer {name!r} has cells from {cell.window[0]:g} S to {cell.window[1]:g} S and "
                f"pulses of a {type(response).__name__} from {response.window[0]:g} S to "
                f"{response.window[1]:g} S.",
                "give the cell window=response.window; Stanford cells and GapDynamics one model",
            )
    check_drive(pulses, cell, name)


def checked_states(layer: str, cell: Cell, values: Any) -> Array:
    """Return states as an array after checking that cells can have them.

    Raises:
        ParameterError: One lies beyond the limits, by more than rounding; names it.
    """
    states, (low, high) = plain(values, f"A state of layer {layer!r}"), cell.limits
    if not is_within(states, low * (1 - 1e-9), high * (1 + 1e-9)):
        raise ParameterError(
            f"Layer {layer!r} is given states from {float(states.min())!r} to "
            f"{float(states.max())!r}; its cells have {low!r} to {high!r}.",
            "give states of this layer, in their unit",
        )
    return states


def checked_counts(layer: str, name: str, counts: Any, shape: tuple[int, ...]) -> Array:
    """Return recorded counts as an array after checking them.

    Raises:
        ParameterError: They have another shape, or are not whole numbers; names them.
    """
    array = plain(counts, f"Counts {name!r} of layer {layer!r}")
    if array.shape != shape:
        raise ParameterError(
            f"Counts {name!r} of layer {layer!r} have shape {array.shape}, its states {shape}.",
            "give one count for each cell, of one update",
        )
    # Up to 2**53 every whole number is a float64.
    lowest = 0.0 if name == "reads" else -(2.0**53)
    if not is_within(array, lowest, 2.0**53) or (array != np.rint(array)).any():
        raise ParameterError(
            f"Counts {name!r} of layer {layer!r} hold {array!r}.",
            "give whole numbers, as a run records them; reads of at least 0",
        )
    return array


def checked_making(
    layer: str, effects: Sequence[Effect], others: Mapping[str, Array], shape: tuple[int, ...]
) -> Mapping[str, Array]:
    """Return what cells have from their making after checking that effects find it.

    Raises:
        ParameterError: A value is missing, or of another shape; names it.
    """
    for item in (item for effect in effects for item, _ in effect.drawn):
        if item.name not in others or np.shape(others[item.name]) != shape:
            raise ParameterError(
                f"Layer {layer!r} needs {item.name!r} of its cells, shape {shape}; others holds "
                f"{ {name: np.shape(value) for name, value in others.items()} }.",
                "give the layer's parameters, by name within the layer",
            )
    return others
