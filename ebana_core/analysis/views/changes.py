"""What Equilibrium Propagation learns from: by how much a nudge moves the nodes of each layer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, final

import attrs
import numpy as np

from ebana_core.analysis.strengths import suggested_beta
from ebana_core.arrays import Array
from ebana_core.errors import DataError, PhaseError
from ebana_core.execution.simulated import BackendChoice, Given, LossChoice, SimulatedNetwork
from ebana_core.execution.solving import batch_gradient
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.network.loaders import as_dataset
from ebana_core.plots import PALETTE, axes_of, box_plot, in_units
from ebana_core.rules import LearningRule
from ebana_core.tables import NotebookText, text_table
from ebana_core.training.arguments import choose_rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERCENTILES = (0, 25, 50, 75, 100)


@final
@attrs.frozen(eq=False)
class Changes(NotebookText):
    """By how much displaced phases move the nodes of each layer, prints as a table.

    Args:
        layers: Name to the sizes ``|displaced - free|`` of its nodes over all samples and displaced
            phases, V; changes of exactly 0 V are left out, and so are layers that have no others.
    """

    layers: Mapping[str, Array]

    @classmethod
    def of_nodes(cls, names: Sequence[str], moved: Array) -> Self:
        """Return the changes of nodes by the layer that each belongs to.

        Args:
            names: Of the nodes, such as ``"d1[7]"``.
            moved: Displaced minus free. Shape ``(n_samples, n_nodes)``, V.
        """
        owners = np.array([name.split("[")[0] for name in names])
        sizes = {
            owner: np.abs(moved[:, owners == owner]) for owner in dict.fromkeys(owners.tolist())
        }
        return cls({name: own[own > 0] for name, own in sizes.items() if own.any()})

    @property
    def percentiles(self) -> Array:
        """Percentiles 0, 25, 50, 75 and 100 of every layer. Shape ``(5, n_layers)``, V."""
        found = [np.percentile(sizes, PERCENTILES) for sizes in self.layers.values()]
        return np.reshape(found, (-1, len(PERCENTILES))).T

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Plot the distribution of every layer: middle half, median and range.

        Args:
            axes: Where to draw; None: a new figure.

        Raises:
            DataError: Nothing moved.
            MissingLibraryError: matplotlib is not installed.
        """
        if not self.layers:
            raise DataError("No node moved.", "nudge towards targets that are not yet met")
        axes = axes_of(axes)
        places = np.arange(len(self.layers), dtype=np.float64)
        axes.set_yscale("log")
        box_plot(axes, self.percentiles, places, 0.6, PALETTE[0], "")
        axes.set_xticks(places, list(self.layers))
        if max(map(len, self.layers)) * len(self.layers) > 60:  # else the names run into another
            axes.tick_params(axis="x", rotation=45)
        axes.set_ylabel("|nudged − free|")
        in_units(axes.yaxis, "V")
        axes.grid(alpha=0.3, axis="y")
        return axes

    def __str__(self) -> str:
        rows = [("layer", "smallest (V)", "median (V)", "largest (V)")]
        for name, (low, _, middle, _, high) in zip(self.layers, self.percentiles.T, strict=True):
            rows.append((name, f"{low:.3g}", f"{middle:.3g}", f"{high:.3g}"))
        return text_table(rows)

    def __repr__(self) -> str:
        return f"Changes({', '.join(self.layers)})"


def changes(
    simulated: SimulatedNetwork,
    dataset: Given,
    loss_fn: LossChoice,
    *,
    beta: float | None = None,
    rule: LearningRule | None = None,
    backend: BackendChoice = "native",
) -> Changes:
    """Return by how much the nudge moves the nodes of each layer: what learning works with.

    Args:
        simulated: The network on simulators.
        dataset: Inputs and targets; see `evaluate`.
        loss_fn: See `evaluate`.
        beta: Nudging strength, S; None: that of the rule, or what `diagnose` suggests.
        rule: See `fit`; None: `EquilibriumPropagation(beta)`.
        backend: See `operating_points`.

    Raises:
        PhaseError: `beta` is not above zero, stands beside another one of the rule, or is left out
            where nothing is to be learned; or the rule has only a free phase.
        ReciprocityError: The rule needs an energy and the circuit has none.
    """
    data = as_dataset(simulated.network, dataset, "The data set")
    losses = checked_losses(simulated.network, loss_fn)
    samples = checked_samples(simulated.network, data, losses)
    if beta is None and rule is None:
        beta = suggested_beta(simulated.operating_points(data.inputs, backend), samples)
        if np.isnan(beta):
            raise PhaseError("The targets are met: no nudge follows from them.", "give beta, in S")
    own, values = choose_rule(rule, beta, None), simulated.values.readings()
    own.check(simulated.network.compiled, values)
    if own.phase_names == ("free",):
        raise PhaseError(
            f"Rule {type(own).__name__} displaces no phase.",
            "give beta, in S, or a rule that nudges, such as EquilibriumPropagation(beta)",
        )
    found = batch_gradient(
        own,
        simulated.runner(backend),
        values,
        samples,
        simulated.values.local_rules(),
        keep_phases=True,
    )
    moved: list[Any] = [points.change for name, points in found.phases.items() if name != "free"]
    circuit = simulated.network.compiled.circuit
    shown = circuit.visible_nodes
    return Changes.of_nodes(
        [circuit.node_names[node] for node in shown], np.concatenate(moved)[:, shown]
    )
