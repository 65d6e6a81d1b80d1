"""The model: layers, their values, and what can be done with them."""

import os
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ebana_core.activations import activation_function
from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints, Simulator
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.layers import CurrentLayer, Layer
from ebana_core.losses import MSE, Loss
from ebana_core.metrics import Metrics
from ebana_core.model.backends import Runners
from ebana_core.model.checks import checked_count, checked_nudge, checked_samples, checked_seed
from ebana_core.model.diagnosis import (
    Diagnosis,
    GradientCheck,
    Sweep,
    check_gradient,
    diagnose,
    draw,
    sweep,
)
from ebana_core.model.evaluation import (
    Evaluation,
    check_inputs,
    check_losses,
    check_targets,
    score,
)
from ebana_core.model.executing import Runner
from ebana_core.model.fitting import fit
from ebana_core.model.graph import Network, assemble, claim
from ebana_core.model.monte_carlo import MonteCarlo, Variation, check_variations, run_monte_carlo
from ebana_core.model.parameters import (
    Parameters,
    Slot,
    TrainableLayers,
    declare,
    initial_values,
)
from ebana_core.model.recording import Fit
from ebana_core.model.solving import batch_gradient, predict_raw, predict_with_power
from ebana_core.model.summary import Summary, summarize
from ebana_core.model.work import Batch, Solve
from ebana_core.optimizers import Optimizer
from ebana_core.rules import GradFunc, LearningRule, Samples
from ebana_core.schedules import learning_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LossChoice = Loss | Mapping[str, Loss]
BackendChoice = str | Backend

BLOCK = 32_768
"""Values updated at a time: few enough to stay in the caches."""


@final
class Model:
    """An analog neural network: a circuit with trainable values.

    Collects every layer that its inputs reach, side branches too, and draws all initial
    values. A layer belongs to one model.

    Args:
        inputs: Input and bias layers.
        outputs: Current layers.
        seed: Of the initial values, one random stream per (seed, layer name), of the order of
            samples and of device noise; None draws one, which `seed` then tells.

    Raises:
        ModelError: The layers do not form one network; names the layer.
        NameClashError: Two layers of one name.
        CircuitError: No unique operating point; names layer and nodes.

    Attributes:
        stop_training: Assign True, in a callback, to end a fit after the present epoch.
    """

    def __init__(
        self, inputs: Sequence[Layer], outputs: Sequence[Layer], seed: int | None = None
    ) -> None:
        self.seed = secrets.randbits(32) if seed is None else checked_seed(seed)
        self._network: Network = assemble(inputs, outputs)
        self._slots = declare(self._network)
        self._parameters = Parameters(self._slots, initial_values(self._slots, self.seed))
        self._trainable = TrainableLayers(self._slots)
        self._runners = Runners(self._network.compiled)
        self._noise = np.random.default_rng([self.seed, 0])
        self._history: Fit | None = None
        self.stop_training = False
        claim(self._network)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layer name to layer, in the order in which the circuit is built."""
        return self._network.layers

    @property
    def parameters(self) -> Parameters:
        """Parameter name to read-only array; assignment checks shape and bounds."""
        return self._parameters

    @property
    def trainable(self) -> TrainableLayers:
        """Layer name to whether learning changes it; assign False to freeze a layer."""
        return self._trainable

    @property
    def network(self) -> Network:
        """The assembled layers and their circuit."""
        return self._network

    def simulator(self, backend: BackendChoice = "native") -> Simulator:
        """Return the simulator of a backend; compiled once per model.

        Raises:
            UnknownNameError: No backend has this name.
            MissingLibraryError: Its library is not installed; says what to install.
            UnsupportedError: It cannot represent a layer exactly.
        """
        return self._runners.simulator(backend)

    def runner(self, backend: BackendChoice = "native", executor: Executor | None = None) -> Runner:
        """Return what solves batches shard by shard, here or on an executor's workers.

        Raises:
            ParameterError: Not an executor.
            WorkerError: A layer or the backend cannot be sent to a worker; names it.
        """
        return self._runners.runner(backend, executor)

    def operating_points(
        self,
        inputs: Mapping[str, Any],
        backend: BackendChoice = "native",
        nudge: Mapping[str, Any] | None = None,
        *,
        executor: Executor | None = None,
    ) -> OperatingPoints:
        """Solve the circuit for samples.

        Args:
            inputs: Input layer to ``(n_samples, units)``, V.
            backend: ``"native"``, ``"ngspice"`` or a `Backend`.
            nudge: Output to the current injected into its first node,
                ``(n_samples, n_predictions)``, A.
            executor: A `concurrent.futures.Executor` whose workers solve shards; None: here.

        Raises:
            DataError: A sample is not finite or has the wrong width.
            UnknownNameError: An input or output the model lacks.
            ConvergenceError: No operating point; names samples and worst node.
            WorkerError: A worker died.
        """
        samples = checked_samples(self._network, inputs)
        n = len(next(iter(samples.values())))
        injected = None if nudge is None else checked_nudge(self._network, nudge, n)
        batch = Batch(inputs=samples, nudge=injected, n_samples=n)
        runner = self.runner(backend, executor)
        parts = runner.results(
            Solve(is_nudged=injected is not None), self._parameters.snapshot(), batch
        )
        return OperatingPoints.joined(list(parts))

    def predict(
        self,
        dataset: DataSet,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
    ) -> dict[str, Array]:
        """Return output name to predictions, ``(n_samples, n_predictions)``.

        Raw voltages, V, or what the output layer's activation makes of them.
        """
        samples = check_inputs(self._network, dataset.inputs)
        runner = self.runner(backend, executor)
        raw = predict_raw(runner, self._parameters.snapshot(), samples, len(dataset))
        result = {}
        for name, prediction in raw.items():
            layer = self.layers[name]
            assert isinstance(layer, CurrentLayer)
            activation = activation_function(layer.activation)
            result[name] = prediction if activation is None else activation(prediction)
        return result

    def evaluate(
        self,
        dataset: DataSet,
        loss_fn: LossChoice,
        backend: BackendChoice = "native",
        *,
        power: bool = True,
        executor: Executor | None = None,
    ) -> Evaluation:
        """Return loss and accuracy on a data set, and the mean power the network takes.

        Args:
            dataset: Inputs and targets.
            loss_fn: One loss, or output to loss.
            backend: See `operating_points`.
            power: Also compute the mean power.
            executor: See `operating_points`.
        """
        runner = self.runner(backend, executor)
        return self._score(dataset, loss_fn, runner, self._parameters.snapshot(), power)

    def monte_carlo(
        self,
        dataset: DataSet,
        loss_fn: LossChoice,
        n: int = 100,
        variations: Mapping[str, Variation] | None = None,
        seed: int | None = None,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
    ) -> MonteCarlo:
        """Evaluate copies of the network whose values vary.

        Args:
            dataset: Inputs and targets.
            loss_fn: One loss, or output to loss.
            n: Number of copies.
            variations: Parameter name to a relative standard deviation (log-normal, mean 1,
                one draw per value), or to a callable of values and generator.
            seed: Of the variations; None draws one, which the result tells.
            backend: See `operating_points`.
            executor: See `operating_points`.

        Raises:
            UnknownNameError: A parameter the model lacks.
            ParameterError: `n`, a variation, or a value it gives is not allowed.
        """
        return run_monte_carlo(
            partial(self._score, dataset, loss_fn, self.runner(backend, executor)),
            self._parameters.snapshot(),
            check_variations(variations or {}, self._slots),
            self._slots,
            checked_count(n, "n"),
            secrets.randbits(32) if seed is None else checked_seed(seed),
        )

    def _score(
        self,
        dataset: DataSet,
        loss_fn: LossChoice,
        runner: Runner,
        values: Mapping[str, Array],
        power: bool,
    ) -> Evaluation:
        losses = check_losses(self._network, loss_fn)
        samples = check_inputs(self._network, dataset.inputs)
        targets = check_targets(self._network, dataset, losses)
        raw, mean_power = predict_with_power(runner, values, samples, len(dataset), power=power)
        result = score(losses, raw, targets)
        return Evaluation(result.loss, result.accuracy, result.per_output, mean_power)

    def gradients(
        self,
        dataset: DataSet,
        loss_fn: LossChoice,
        rule: LearningRule,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
    ) -> dict[str, Array]:
        """Return trainable parameter name to gradient, mean over samples.

        V² per unit of the parameter for losses in V²: V²/S for conductances.

        Raises:
            ReciprocityError: The rule needs an energy and the circuit has none.
        """
        losses = check_losses(self._network, loss_fn)
        samples = Samples(
            inputs=check_inputs(self._network, dataset.inputs),
            targets=check_targets(self._network, dataset, losses),
            losses=losses,
        )
        values = self._parameters.snapshot()
        rule.check(self._network.compiled, values)
        return batch_gradient(
            rule,
            self.runner(backend, executor),
            values,
            samples,
            self.local_rules(),
            keep_phases=False,
        ).gradients

    def check_gradient(
        self,
        dataset: DataSet,
        rule: LearningRule,
        loss_fn: LossChoice | None = None,
        *,
        strengths: Sequence[float] | None = None,
        max_angle: float = 1.0,
        n_readings: int = 8,
        backend: BackendChoice = "native",
    ) -> GradientCheck:
        """Compare a rule's gradient with the exact one, over a range of beta.

        Args:
            dataset: Inputs and targets; some ten samples tell enough.
            rule: What to examine; of a measured one the noise is drawn several times.
            loss_fn: One loss, or output to loss; None: `MSE`.
            strengths: Values of beta (S) or eta; None: around the rule of thumb.
            max_angle: Largest angle to the exact gradient that counts as right, degrees.
            n_readings: How often noise is drawn.
            backend: See `operating_points`; the adjoint holds on any simulator's points.

        Raises:
            ParameterError: Nothing to train.
            PhaseError: The exact gradient is zero on these samples.
        """
        return check_gradient(
            self,
            dataset,
            rule,
            loss_fn or MSE(),
            strengths=strengths,
            max_angle=max_angle,
            n_readings=n_readings,
            backend=backend,
        )

    def diagnose(
        self,
        dataset: DataSet,
        loss_fn: LossChoice | None = None,
        *,
        beta: float | None = None,
        rails: tuple[float, float] | None = None,
        backend: BackendChoice = "native",
    ) -> Diagnosis:
        """Tell what the devices do on a data set: which conduct, saturate, or stand at bounds.

        Args:
            dataset: Inputs and targets; held in memory with all node voltages.
            loss_fn: One loss, or output to loss; None: `MSE`.
            beta: Nudging strength to judge, S.
            rails: Lowest and highest supply, V; None: the range of the model's own sources.
            backend: See `operating_points`.

        Raises:
            ParameterError: `rails` are no two ascending voltages.
        """
        return diagnose(self, dataset, loss_fn or MSE(), beta=beta, rails=rails, backend=backend)

    def sweep(
        self,
        input: str | Mapping[str, float],
        values: Sequence[float],
        inputs: Mapping[str, Any] | None = None,
        backend: BackendChoice = "native",
    ) -> Sweep:
        """Move one input and return the transfer curves of all nodes.

        Args:
            input: An input node such as ``"x[0]"`` (``"x"`` where it has one unit); or several
                and the factor that each moves with: ``{"xp[0]": 1, "xn[0]": -1}``.
            values: Where it stands, V.
            inputs: Input layer to where the others stand, ``(units,)``, V; left out: 0 V.
            backend: See `operating_points`.

        Raises:
            UnknownNameError: An input that the model lacks.
            DataError: No finite values.
        """
        return sweep(self, input, values, inputs, backend)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw the network: layers, nodes, devices, and the stages with their weights.

        Args:
            axes: Where to draw; None: a new figure.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        return draw(self, axes)

    @property
    def slots(self) -> Mapping[str, Slot]:
        """Parameter name to its layer and declaration."""
        return self._slots

    def fit(
        self,
        train_dataloader: BatchGenerator,
        loss_fn: LossChoice,
        optimizer: Optimizer,
        epochs: int = 1,
        beta: float | None = None,
        test_dataloader: BatchGenerator | DataSet | None = None,
        metrics: Metrics | None = None,
        *,
        backend: BackendChoice = "native",
        rule: LearningRule | None = None,
        run: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        callbacks: Sequence[Any] = (),
        seed: int | None = None,
        executor: Executor | None = None,
    ) -> Fit:
        """Train.

        Args:
            train_dataloader: Describes the batches of an epoch.
            loss_fn: One loss, or output to loss.
            optimizer: Makes the updates.
            epochs: Number of epochs.
            beta: Nudging strength of the default rule, S; may stand on the optimizer or rule.
            test_dataloader: Test set, used whole.
            metrics: What to validate, show and keep; None: the defaults of `Metrics`.
            backend: See `operating_points`.
            rule: None: `EquilibriumPropagation(beta)`.
            run: HDF5 file to record into; None: memory, which `save_history` writes.
            overwrite: Replace an existing file.
            callbacks: Objects of `ebana_core.callbacks.Callback`.
            seed: Of the order of samples and device noise; None: the model's.
            executor: See `operating_points`.

        Returns:
            The finished epochs. A keyboard interrupt keeps them, closes the run and is raised
            again.

        Raises:
            PhaseError: No beta, or two different ones.
            StorageError: `run` exists and `overwrite` is False, or cannot be written.
        """
        self._history = Fit()
        return fit(
            self,
            self._history,
            train_dataloader,
            loss_fn,
            optimizer,
            epochs=epochs,
            beta=beta,
            test=test_dataloader,
            metrics=metrics or Metrics(self),
            backend=backend,
            rule=rule,
            run=run,
            overwrite=overwrite,
            callbacks=callbacks,
            seed=self.seed if seed is None else checked_seed(seed),
            executor=executor,
        )

    def save_history(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write the last `fit` as an HDF5 file.

        Raises:
            StorageError: Nothing was fitted yet, or the file cannot be written.
        """
        if self._history is None:
            raise ParameterError("The model was not fitted yet.", "call fit first")
        self._history.save(path, overwrite=overwrite)

    def summary(self) -> Summary:
        """Return layers, devices, shapes, nodes, trainable values and plugins; printable."""
        return summarize(self._network, self._slots, self._trainable)

    def write_netlist(
        self,
        path: str | os.PathLike[str],
        inputs: Mapping[str, Any],
        nudge: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one sample as a netlist that stands alone under ``ngspice -b``.

        Args:
            path: File to write.
            inputs: Input layer to voltages of one sample, ``(units,)`` or ``(1, units)``, V.
            nudge: Output to injected currents, same form, A.
        """
        from ebana_core.backends.ngspice import standalone_netlist  # loads PySpice's folder

        samples = checked_samples(self._network, inputs, n_samples=1)
        injected = {} if nudge is None else checked_nudge(self._network, nudge, 1)
        text = standalone_netlist(
            self._network.compiled, self._parameters.snapshot(), samples, injected
        )
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def trainable_parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that learning changes now."""
        return tuple(
            name
            for name, slot in self._slots.items()
            if slot.declaration.trainable and self._trainable[slot.layer.name]
        )

    def local_rules(self) -> dict[str, GradFunc | None]:
        """Return the parameters that learning changes now, and the local rule of each."""
        return {
            name: self._slots[name].declaration.grad_func for name in self.trainable_parameters()
        }

    def parameter_units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        return {name: slot.declaration.quantity.unit for name, slot in self._slots.items()}

    def learning_rate(self, name: str, step: int) -> float:
        """Return the learning rate of a parameter at a step, counted from 1."""
        slot = self._slots[name]
        return learning_rate(slot.declaration.lr, step, path=f"{slot.layer.name}.lr")

    def blocks(self, name: str) -> Sequence[slice]:
        """Return parts, along the first axis, that can be programmed one after the other."""
        slot, values = self._slots[name], self._parameters[name]
        is_whole = slot.declaration.weight_update_func is not None
        if is_whole or not slot.layer.programs_in_blocks or not values.ndim:
            return [slice(None)]
        n_rows = max(1, BLOCK * len(values) // max(1, values.size))
        return [slice(first, first + n_rows) for first in range(0, len(values), n_rows)]

    def programmed(
        self, name: str, values: Array, change: Array
    ) -> tuple[Array, Mapping[str, Array]]:
        """Return what a device makes of a change, within its bounds, and what it reports.

        Args:
            name: Parameter name.
            values: Present values, or a block of them.
            change: Wished change, same shape and unit; may be overwritten.
        """
        slot = self._slots[name]
        local = slot.declaration.quantity.name
        change = slot.wished(values, change)
        new, record = slot.layer.program(local, values, change, self._noise)
        bounds = slot.declaration.lower, slot.declaration.upper
        new = np.clip(new, *bounds, out=new if new is change else None)
        slot.require(new)
        return new, {slot.layer.parameter(key): value for key, value in record.items()}

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign parameters that `programmed` returned, all or none, without a copy."""
        self._parameters.adopt(values)

    def restore(self, values: Mapping[str, Array]) -> None:
        """Assign parameters, all or none."""
        self._parameters.assign(values)

    def reseed_noise(self, seed: int, epoch: int) -> None:
        """Start the device noise of an epoch; it depends on (seed, epoch) alone."""
        self._noise = np.random.default_rng([seed, 1, epoch])

    def __repr__(self) -> str:
        return (
            f"Model({len(self.layers)} layers, "
            f"{len(self._network.compiled.circuit.visible_nodes)} nodes, seed={self.seed})"
        )
