"""The numbers of a run's pictures, before anything is drawn."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.storage.run import Run

STAGES = ("train", "validation")
PHASES = ("free", "nudged", "minus", "plus")
N_BINS = 40
PERCENTILES = (0, 25, 50, 75, 100)
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


@attrs.frozen(eq=False)
class NodeVoltages:
    """Voltages of the nodes of one layer over the samples of one saved epoch.

    Args:
        layer: Name.
        nodes: Names of its nodes.
        epoch: After which they were saved.
        phases: Phase to the percentiles 0, 25, 50, 75, 100. Shape ``(5, n_nodes)``, V.
    """

    layer: str
    nodes: tuple[str, ...]
    epoch: int
    phases: Mapping[str, Array]


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


def has_voltages(run: Run) -> bool:
    """Tell whether node voltages were recorded."""
    return bool(_phases_with(run, "voltages"))


def node_voltages(run: Run) -> list[NodeVoltages]:
    """Return the nodes of every layer in the last saved epoch; those that stand still are left out.

    Biases, for example, stand still.
    """
    recorded = {phase: run.voltages(phase) for phase in _phases_with(run, "voltages")}
    saved = {phase: found for phase, found in recorded.items() if len(found)}
    if not saved:
        return []
    last = {phase: found[-1] for phase, found in saved.items()}
    epoch = int(next(iter(saved.values())).epochs[-1])
    names = run.coordinates["node"]
    moves = np.max([np.ptp(voltages, axis=0) for voltages in last.values()], axis=0) > 0
    owners = [name.split("[")[0] for name in names]
    result = []
    for layer in dict.fromkeys(o for o, moved in zip(owners, moves, strict=True) if moved):
        places = [k for k, owner in enumerate(owners) if owner == layer]
        phases = {
            phase: np.percentile(voltages[:, places], PERCENTILES, axis=0)
            for phase, voltages in last.items()
        }
        result.append(NodeVoltages(layer, tuple(names[k] for k in places), epoch, phases))
    return result


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


def _phases_with(run: Run, topic: str) -> list[str]:
    return [phase for phase in PHASES if f"phases/{phase}/{topic}" in run.places]
