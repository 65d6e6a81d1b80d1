"""Monte Carlo: how a trained network does on chips whose devices differ from the drawing."""

import secrets
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_whole
from ebana_core.chips.spreads import Spread, checked_spreads, log_normal, spread_by, stream
from ebana_core.errors import ParameterError
from ebana_core.execution.evaluation import Evaluation, evaluated
from ebana_core.execution.simulated import BackendChoice, Given, LossChoice, SimulatedNetwork
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.network.declared import DeclaredParameter
from ebana_core.network.loaders import as_dataset
from ebana_core.network.random_streams import checked_seed
from ebana_core.plots import axes_of, in_percent, legend_above
from ebana_core.tables import NotebookText

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@final
@attrs.frozen(eq=False)
class MonteCarlo(NotebookText):
    """Scores of copies of a network whose devices vary.

    Args:
        nominal: The network as it stands.
        losses: Of every copy. Shape ``(n_copies,)``.
        accuracies: Of every copy; nan where the loss defines none. Same shape.
        seed: Of the variations: the same seed draws the same copies.
    """

    nominal: Evaluation
    losses: Array
    accuracies: Array
    seed: int

    @property
    def n_copies(self) -> int:
        """Number of copies."""
        return len(self.losses)

    def yield_at(self, accuracy: float) -> float:
        """Return the share of copies that reach an accuracy.

        Raises:
            ParameterError: `accuracy` is no number.
        """
        accuracy = checked_number(accuracy, "accuracy", "give a share from 0 to 1")
        return float((self.accuracies >= accuracy).mean())

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Plot the yield: the share of copies that reach each accuracy.

        Where the loss defines no accuracy: the share whose loss is no larger.

        Args:
            axes: Where to draw; None: a new figure.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        axes = axes_of(axes)
        is_scored = not np.isnan(self.accuracies).any()
        scores = np.sort(self.accuracies if is_scored else self.losses)
        rising = np.arange(1, len(scores) + 1) / len(scores)
        label = f"{self.n_copies} copies"
        if is_scored:
            axes.step(scores, rising[::-1], where="pre", label=label)
        else:
            axes.step(scores, rising, where="post", label=label)
        drawn = self.nominal.accuracy if is_scored else self.nominal.loss
        axes.axvline(drawn, color="0.5", linestyle="--", label="as drawn")
        axes.set_xlabel("accuracy" if is_scored else "loss")
        axes.set_ylabel("share of copies that reach it")
        axes.set_ylim(0, 1.02)
        if is_scored:
            in_percent(axes.xaxis)
        in_percent(axes.yaxis)
        legend_above(axes)
        return axes

    def __str__(self) -> str:
        low, median, high = np.percentile(self.accuracies, [5, 50, 95])
        return (
            f"{self.n_copies} copies: accuracy {median:.2%} (5 % to 95 %: {low:.2%} to "
            f"{high:.2%}), as drawn {self.nominal.accuracy:.2%}; mean loss "
            f"{self.losses.mean():.4g}, as drawn {self.nominal.loss:.4g}"
        )

    def __repr__(self) -> str:
        return f"MonteCarlo(n_copies={self.n_copies}, seed={self.seed})"


def monte_carlo(
    simulated: SimulatedNetwork,
    dataset: Given,
    loss_fn: LossChoice,
    n: int = 100,
    variations: Mapping[str, Spread] | None = None,
    seed: int | None = None,
    backend: BackendChoice = "native",
    *,
    executor: Executor | None = None,
) -> MonteCarlo:
    """Evaluate copies of the network whose values vary.

    Args:
        simulated: The network on simulators.
        dataset: Inputs and targets; see `evaluate`.
        loss_fn: See `evaluate`.
        n: Number of copies.
        variations: Parameter name to a relative standard deviation (log-normal, mean 1,
            one draw per value; values that are all zero have none), or to a callable of values
            and generator. What devices have
            from their making can be drawn anew that way: ``"m1.stuck"``. Devices that
            fluctuate are read once per copy.
        seed: Of the variations; None draws one, which the result tells.
        backend: See `operating_points`.
        executor: See `operating_points`.

    Raises:
        UnknownNameError: A parameter the model lacks.
        ParameterError: `n`, a variation, or a value it gives is not allowed.
    """
    data = as_dataset(simulated.network, dataset, "The data set")
    runner, declared = simulated.runner(backend, executor), simulated.values.declared
    drawn = simulated.values.parameters.snapshot()
    variations = checked_spreads(
        {} if variations is None else variations,
        declared,
        "variations",
        "a relative standard deviation",
    )
    _check_relative(variations, drawn)
    n_copies = checked_whole(n, "n")
    own_seed = secrets.randbits(32) if seed is None else checked_seed(seed)
    losses = checked_losses(simulated.network, loss_fn)
    samples = checked_samples(simulated.network, data, losses)

    def evaluate(values: Mapping[str, Array], copy: int, *, power: bool) -> Evaluation:
        read = simulated.values.readings(values, rng=np.random.default_rng([own_seed, copy]))
        return evaluated(runner, read, samples, losses, power=power)

    scores = [
        evaluate(varied(drawn, variations, declared, own_seed, copy), copy, power=False)
        for copy in range(n_copies)
    ]
    return MonteCarlo(
        evaluate(drawn, n_copies, power=True),
        np.array([score.loss for score in scores]),
        np.array([score.accuracy for score in scores]),
        own_seed,
    )


def _check_relative(variations: Mapping[str, Spread], values: Mapping[str, Array]) -> None:
    """Refuse factors of what is zero: every copy would be the drawing, and every yield whole."""
    for name, variation in variations.items():
        if not callable(variation) and variation > 0 and not np.any(values[name]):
            raise ParameterError(
                f"The variation of {name!r} is {variation!r}, a share of values that are all zero.",
                "give a callable, `lambda values, rng: rng.normal(values, 0.01)`, in the unit of "
                "the values",
            )


def varied(
    values: Mapping[str, Array],
    variations: Mapping[str, Spread],
    declared: Mapping[str, DeclaredParameter],
    seed: int,
    copy: int,
) -> dict[str, Array]:
    """Return the values of one copy; every copy and parameter has a random stream of its own.

    A number r draws log-normal factors of mean 1 and standard deviation r, one per value: a
    parameter that is one number for a whole layer varies as one; of values that devices share,
    every device varies by itself.

    Raises:
        ShapeError: A callable returned another shape.
        ParameterError: It returned what the quantity does not allow.
    """
    result = dict(values)
    for name, variation in variations.items():
        rng, declaration = stream(seed, copy, name), declared[name].declaration
        own = declaration.of_devices(values[name])
        new = (
            spread_by(variation, name, own, rng)
            if callable(variation)
            else own * log_normal(variation, own.shape, rng)
        )
        declaration.quantity.require(new, f"{name} of copy {copy}")
        result[declared[name].varies_as] = new
    return result
