"""The interface of learning rules: phases on a simulator in, gradients out.

A rule knows no device and no backend.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import shown
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError
from ebana_core.local_rules import Trainable
from ebana_core.losses import Loss
from ebana_core.papers import Citing


@attrs.frozen(eq=False, kw_only=True)
class Samples:
    """Samples with their targets, as they travel from a batch to its shards and to a rule.

    Args:
        inputs: Input name to ``(n_samples, n_elements)``, V.
        targets: Output name to ``(n_samples, n_predictions)``.
        losses: Output name to its loss.
        first: Row in the batch of the first sample.

    Examples:
        >>> import numpy
        >>> from ebana_core.losses import MSE
        >>> x, y = numpy.zeros((2, 3)), numpy.ones((2, 1))
        >>> two = Samples(inputs={"x": x}, targets={"y": y}, losses={"y": MSE()})
        >>> two.targets["y"].shape
        (2, 1)
    """

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    losses: Mapping[str, Loss]
    first: int = 0

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(next(iter(self.targets.values())))

    def part(self, samples: slice) -> "Samples":
        """Return some of the samples: views, no copies."""
        if samples == slice(0, self.n_samples):
            return self
        return Samples(
            inputs={name: array[samples] for name, array in self.inputs.items()},
            targets={name: array[samples] for name, array in self.targets.items()},
            losses=self.losses,
            first=self.first + samples.indices(self.n_samples)[0],
        )

    def displacement(self, output: str, prediction: Array, nudge: float) -> Array:
        """Return how far a clamp moves predictions, V; nan: not at all. Shape of `prediction`."""
        loss = self.losses[output]
        return loss.displacement(prediction, self.targets[output], nudge)

    def loss_gradients(self, free: OperatingPoints) -> dict[str, Array]:
        """Return output name to dL/dp at the free predictions, ``(n_samples, n_predictions)``."""
        return self.loss_gradients_at(free.predictions())

    def loss_gradients_at(self, predictions: Mapping[str, Array]) -> dict[str, Array]:
        """Return output name to dL/dp at predictions, V. Shape ``(n_samples, n_predictions)``."""
        return {
            name: self.losses[name].nudge(prediction, self.targets[name])
            for name, prediction in predictions.items()
        }


@attrs.frozen(eq=False, kw_only=True)
class RuleResult:
    """The result of a learning rule on a batch.

    Args:
        gradient_sums: Parameter name to the sum over samples of the loss gradient, V² per unit
            of the parameter (V²/S for conductances).
        phases: Phase name to its operating points, "free" first.
        n_points: How many were solved; None: all of these.
        makes_update: Whether something was measured; False: no step of the optimizer follows.

    Examples:
        >>> import numpy
        >>> result = RuleResult(gradient_sums={"d.conductance": numpy.zeros((2, 1))}, phases={})
        >>> result.makes_update
        True
    """

    gradient_sums: Mapping[str, Array]
    phases: Mapping[str, OperatingPoints]
    n_points: int | None = None
    makes_update: bool = True


class LearningRule(Citing, ABC):
    """Runs phases and returns gradients; holds settings only.

    Examples:
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> from ebana_core.losses import MSE
        >>> from ebana_core.rules import Adjoint
        >>> rule = Adjoint()  # rules go into `fit`, `gradients` and `check_gradient`
        >>> isinstance(rule, LearningRule)
        True
        >>> data = {"xp": [[0.5]], "xn": [[-0.5]]}
        >>> model.gradients(data, {"y": [[0.1]]}, MSE(), rule)["d1.conductance"].shape
        (4, 2)
    """

    strength_name: ClassVar[str] = ""
    """Name of the field that says how far the circuit is displaced; empty: there is none."""

    @property
    def is_adjustable(self) -> bool:
        """Whether the strength is a field of the rule, so that another value can be chosen."""
        return self.strength_name in getattr(type(self), "__annotations__", {})

    @property
    def phase_names(self) -> tuple[str, ...]:
        """Names of the phases that `run` returns, "free" first."""
        return ("free", "nudged")

    def check(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> None:
        """Refuse or warn, once per call of the user, where the rule does not hold.

        Raises:
            ReciprocityError: The rule needs an energy and the circuit has none.
        """
        del compiled, parameters

    @final
    def measured(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        """Return the result of `run`, which takes the same, checked.

        Raises:
            ParameterError: It is no `RuleResult`, or has no free phase.
        """
        found: Any = self.run(simulator, compiled, parameters, samples, trainable)
        own = f"run of {type(self).__name__} returned"
        if not isinstance(found, RuleResult):
            raise ParameterError(
                f"{own} {type(found).__name__}.",
                "return RuleResult(gradient_sums={...}, phases={'free': ...})",
            )
        for what, kept in (("gradient_sums", found.gradient_sums), ("phases", found.phases)):
            if not isinstance(kept, Mapping):
                raise ParameterError(f"{own} {what}={shown(kept)}.", "give a mapping of names")
        if "free" not in found.phases:
            raise ParameterError(
                f"{own} the phases {[*found.phases]}, and no free one, whose predictions are "
                "those of the network.",
                "return it under the name 'free'",
            )
        return found

    @abstractmethod
    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        """Run the phases on one shard.

        Args:
            simulator: Solves `compiled`.
            compiled: The circuit.
            parameters: Parameter name to array.
            samples: The shard.
            trainable: Name of each parameter to return a gradient for, to its local rule; None:
                the contrast that follows from the law.
        """
