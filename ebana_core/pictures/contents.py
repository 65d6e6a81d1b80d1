"""The numbers of a run's pictures, before anything is drawn."""

import attrs
import numpy as np

from ebana_core.analysis.views.changes import PERCENTILES
from ebana_core.arrays import Array
from ebana_core.storage.run import Run

STAGES = ("train", "validation")
N_BINS = 40
MAX_CURVE_POINTS = 200


@attrs.frozen(eq=False)
class Change:
    """A parameter before the first and after the last epoch.

    Args:
        name: Full name, for example ``"d1.conductance"``.
        unit: SI unit.
        before: Values before, in `unit`.
        after: Values after, same shape.
    """

    name: str
    unit: str
    before: Array
    after: Array

    @property
    def layer(self) -> str:
        """Whose parameter it is."""
        return self.name.split(".")[0]

    @property
    def has_moved(self) -> bool:
        """Some value is another one afterwards."""
        return bool((self.before != self.after).any())

    @property
    def is_crossbar(self) -> bool:
        """A matrix, one value per row and column."""
        return self.after.ndim == 2

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value of both, in `unit`; apart also where all are equal."""
        both = (self.before, self.after)
        low, high = float(min(map(np.min, both))), float(max(map(np.max, both)))
        return low, high if high > low else low + (abs(low) or 1.0)

    def bins(self) -> Array:
        """Return the edges of a histogram of both. Shape ``(N_BINS + 1,)``."""
        return np.linspace(*self.limits, N_BINS + 1)


def curves(run: Run, figure: str) -> dict[str, tuple[Array, Array]]:
    """Return stage to known epochs and values of ``"loss"`` or ``"accuracy"``."""
    scores, found = run.scores, {}
    for stage in STAGES:
        values = scores[f"{stage}_{figure}"]
        known = ~np.isnan(values)
        if known.any():
            found[stage] = scores["epoch"][known], values[known]
    return found


def changes(run: Run) -> list[Change]:
    """Return every parameter before and after."""
    initial, final, units = run.initial, run.parameters, run.units()
    return [Change(name, units[name], initial[name], values) for name, values in final.items()]


def mean_power(run: Run) -> tuple[Array, dict[str, Array]] | None:
    """Return saved epochs, and layer to its mean power in the free phase, W; None: not recorded.

    Layers that take up none are left out.
    """
    if "phases/free/power" not in run.places:
        return None
    power = run.power("free")
    means = np.asarray(power).mean(axis=1)
    layers = zip(run.coordinates["layer"], means.T, strict=True)
    return power.epochs, {layer: values for layer, values in layers if values.any()}


def spread(run: Run, name: str) -> tuple[Array, Array] | None:
    """Return saved epochs and a parameter's percentiles after each; None: not recorded.

    Of more than 200 saved epochs, about 200 evenly spread ones. Percentiles: 0, 25, 50, 75, 100.
    """
    if f"parameters/{name}" not in run.places:
        return None
    history = run.parameter_history(name)
    if len(history) < 2:
        return None
    chosen = np.unique(np.linspace(0, len(history) - 1, MAX_CURVE_POINTS).round().astype(int))
    values = [np.percentile(history[int(k)], PERCENTILES) for k in chosen]
    return history.epochs[chosen], np.transpose(values)
