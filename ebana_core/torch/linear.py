"""Linear layers as crossbars of differential conductances, and back."""

from typing import Any, final

import attrs
import numpy as np
import torch

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_numbers, shown
from ebana_core.errors import ParameterError, ShapeError

ABOVE_ZERO = "give a finite number above 0"


@final
@attrs.frozen(eq=False)
class DifferentialConductances:
    """A linear layer as a crossbar whose columns are folded in pairs.

    Args:
        conductance: Rows for the inputs, for their negatives, and, with a bias, for a source and
            for its negative; two columns per output. Shape ``(2*n_in, 2*n_out)`` or ``(2*n_in + 2,
            2*n_out)``, S.
        scale: Prediction per output of the linear layer, V: ``prediction = scale*(W @ x + b)`` for
            inputs of x volts.

    Examples:
        >>> import torch
        >>> from ebana_core.torch import from_linear
        >>> mapped = from_linear(torch.tensor([[1.0, -0.5]]), None, window=(1e-6, 5e-5))
        >>> mapped.conductance.shape  # two inputs and their negatives, two columns
        (4, 2)
    """

    conductance: Array
    scale: float


def from_linear(
    weight: Any, bias: Any, window: tuple[float, float], *, bias_voltage: float = 1.0
) -> DifferentialConductances:
    """Return the conductances of a crossbar that computes a linear layer.

    Each weight becomes two pairs of conductances around the middle of the window, one pair per
    column of its output, so that all columns have one sum: a column's voltage is the sum of its
    inputs weighted by conductances over the sum of these. It is exact where nothing draws current
    from the columns, as behind a `CurrentLayer`.

    Args:
        weight: As of `torch.nn.Linear`. Shape ``(n_out, n_in)``.
        bias: Shape ``(n_out,)``; None: no bias, and no rows for it.
        window: Least and largest conductance, S; the largest weight or bias uses all of it.
        bias_voltage: Of the source that drives the bias rows, V.

    Raises:
        ShapeError: `weight` and `bias` do not form a linear layer.
        ParameterError: `bias_voltage`, or a number of `window`, is not above zero.
        DataError: A weight is not a number.
    """
    low, high = _checked_window(window)
    weights = _matrix(weight, "weight").T
    if bias is not None:
        source = checked_number(bias_voltage, "bias_voltage", ABOVE_ZERO, above=0.0, unit="V")
        own = _numbers(bias, "bias")
        if own.shape != weights.shape[1:]:
            raise ShapeError(
                f"bias has shape {own.shape}; weight has {weights.shape[1]} rows.",
                f"give a bias of shape ({weights.shape[1]},), or None",
            )
        weights = np.vstack([weights, own / source])
    largest = float(np.abs(weights).max()) or 1.0
    half = weights * ((high - low) / 2 / largest)
    more, less = (np.clip((low + high) / 2 + part, low, high) for part in (half, -half))
    # Columns in pairs, the second one the other way round; rows in pairs likewise.
    plus, minus = (
        np.stack(pair, axis=2).reshape(len(weights), -1) for pair in ((more, less), (less, more))
    )
    n_in = len(weights) - (bias is not None)
    conductance = np.vstack([plus[:n_in], minus[:n_in], plus[n_in:], minus[n_in:]])
    # A pair of columns differs by 4*half*x, over the sum of a column.
    scale = 2 * (high - low) / (largest * len(weights) * (low + high))
    return DifferentialConductances(conductance, scale)


def to_linear(
    conductance: Any, scale: float = 1.0, *, bias_voltage: float | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return weight and bias of the linear layer that a crossbar computes, in float64.

    It undoes `from_linear`, and holds for any conductances, trained ones say.

    Args:
        conductance: Rows and columns as of `DifferentialConductances`, S.
        scale: What predictions are divided by; 1: the layer's outputs are volts.
        bias_voltage: Of the source that drives the last two rows, V; None: there are no such
            rows.

    Returns:
        Weight ``(n_out, n_in)`` and bias ``(n_out,)``; no bias without its rows.

    Raises:
        ShapeError: Rows and columns are not in pairs.
        ParameterError: A conductance, `scale` or `bias_voltage` is not a finite number above zero.
    """
    values = _matrix(conductance, "conductance")
    if len(values) % 2 or values.shape[1] % 2 or (bias_voltage is not None and len(values) < 4):
        raise ShapeError(
            f"conductance has shape {values.shape}, an odd number of rows or columns, or too few.",
            "give the rows of inputs and of their negatives, and two columns per output",
        )
    if not (values > 0).all():
        raise ParameterError(
            f"conductance holds {float(values.min())!r} S.", "give conductances above 0 S"
        )
    own = checked_number(scale, "scale", ABOVE_ZERO, above=0.0)
    n_bias = 0 if bias_voltage is None else 1
    n_in = len(values) // 2 - n_bias
    plus = np.vstack([values[:n_in], values[2 * n_in : 2 * n_in + n_bias]])
    minus = np.vstack([values[n_in : 2 * n_in], values[2 * n_in + n_bias :]])
    each = (plus - minus) / values.sum(axis=0)
    weights = (each[:, 0::2] - each[:, 1::2]) / own
    weight = torch.from_numpy(np.ascontiguousarray(weights[:n_in].T))
    if bias_voltage is None:
        return weight, None
    source = checked_number(bias_voltage, "bias_voltage", ABOVE_ZERO, above=0.0, unit="V")
    return weight, torch.from_numpy(weights[n_in] * source)


def _checked_window(window: Any) -> tuple[float, float]:
    fix = "give the least and the largest conductance, 0 < low < high, S"
    if not isinstance(window, tuple | list) or len(window) != 2:
        raise ParameterError(f"window is {shown(window)}.", fix)
    low = checked_number(window[0], "window[0]", fix, above=0.0, unit="S")
    return low, checked_number(window[1], "window[1]", fix, above=low, unit="S")


def _matrix(given: Any, path: str) -> Array:
    matrix = _numbers(given, path)
    if matrix.ndim != 2 or not matrix.size:
        raise ShapeError(f"{path} has shape {matrix.shape}.", "give a matrix")
    return matrix


def _numbers(given: Any, path: str) -> Array:
    plain = given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else given
    numbers = checked_numbers(plain, path)
    if not np.isfinite(numbers).all():
        raise ParameterError(f"{path} is not finite: {shown(plain)}.", "give finite numbers")
    return numbers
