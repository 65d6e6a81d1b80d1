"""Predictions of circuits of resistors, sources and amplifiers alone: sums over their sources."""

from collections.abc import Callable, Mapping
from typing import final

import numpy as np

from ebana_core.arrays import Array, fixed, joined
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Input
from ebana_core.latest import Latest

AT_ONCE = 256
"""Samples that are solved together."""

Predict = Callable[[Mapping[str, Array]], dict[str, Array]]
"""Solves samples: input name to voltages, V, to output name to predictions, V."""

_Sums = tuple[dict[str, Array], dict[str, dict[str, Array]]]


@final
class Superposition:
    """Predictions of one linear circuit.

    The points at which one source stands at 1 V, the others at 0 V, are solved once per set of
    parameters; all others are their sums. That the number of samples does not count keeps
    predictions the same bits whoever solves which of them.

    Args:
        circuit: The circuit.
        is_dense: It is solved by dense matrices, which take little longer for all of these points
            than for a few.
    """

    def __init__(self, circuit: Circuit, *, is_dense: bool) -> None:
        sources = [s.voltage for s in circuit.voltage_sources if isinstance(s.voltage, Input)]
        is_ohmic = all(array.is_ohmic for array in circuit.element_arrays)
        self._is_linear = (
            is_dense
            and is_ohmic
            and bool(sources)
            and not circuit.terminal_devices
            and not circuit.clamps
            and all(source.converter is None for source in sources)
        )
        self._sums: Latest[_Sums] = Latest()

    def predictions(
        self, parameters: Mapping[str, Array], inputs: Mapping[str, Array], solve: Predict
    ) -> dict[str, Array]:
        """Return output name to predictions, V.

        Args:
            parameters: Parameter name to array, which nobody can write into.
            inputs: Input name to ``(n_samples, n_elements)``, V.
            solve: Solves samples at these parameters: these, where the circuit is not linear.
        """
        if not self._is_linear or not inputs:
            return solve(inputs)
        at_rest, per_volt = self._sums.at(parameters, lambda: _solved(inputs, solve))
        return {
            output: base + np.sum([inputs[n] @ own for n, own in per_volt[output].items()], axis=0)
            for output, base in at_rest.items()
        }


def _solved(inputs: Mapping[str, Array], solve: Predict) -> _Sums:
    """Return output name to predictions at rest, V, and to what each volt of an input adds."""
    widths = {name: array.shape[1] for name, array in inputs.items()}
    total = sum(widths.values())
    units, first = np.zeros((1 + total, total)), 0
    units[1:] = np.eye(total)
    samples = {}
    for name, width in widths.items():
        samples[name], first = units[:, first : first + width], first + width
    parts = [slice(first, first + AT_ONCE) for first in range(0, 1 + total, AT_ONCE)]
    found = joined([solve(fixed({n: own[part] for n, own in samples.items()})) for part in parts])
    per_volt: dict[str, dict[str, Array]] = {}
    for output, rows in found.items():
        added = np.split(rows[1:] - rows[0], np.cumsum(list(widths.values()))[:-1])
        per_volt[output] = dict(zip(widths, added, strict=True))
    return {output: rows[0] for output, rows in found.items()}, per_volt
