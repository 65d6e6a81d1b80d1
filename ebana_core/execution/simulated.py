"""A network on a simulator: operating points, and what follows from them."""

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, final

from ebana_core.arrays import Array
from ebana_core.backends import Backend, OperatingPoints, Simulator
from ebana_core.checking import check_truth
from ebana_core.chips import Chip, Twin, VoltageNoise
from ebana_core.chips.hardware import Hardware
from ebana_core.execution.backend_choice import Runners
from ebana_core.execution.drive import Drive
from ebana_core.execution.evaluation import Evaluation, evaluated
from ebana_core.execution.predicting import activated
from ebana_core.execution.runner import Runner
from ebana_core.execution.solving import batch_gradient, predict_raw
from ebana_core.execution.work import Solve
from ebana_core.losses import Loss
from ebana_core.network.checks import (
    check_rule,
    checked_input_arrays,
    checked_inputs,
    checked_losses,
    checked_nudge,
    checked_samples,
)
from ebana_core.network.given import is_array
from ebana_core.network.graph import Network
from ebana_core.network.loaders import as_dataset
from ebana_core.network.targets import classified
from ebana_core.network.values import NetworkValues
from ebana_core.rules import LearningRule

LossChoice = Loss | str | Mapping[str, Loss | str]
Given = Any
"""Samples as users hold them: a `DataSet`, a pair (x, y), or batches; see `as_dataset`."""
BackendChoice = str | Backend
ChipChoice = Chip | Twin | None


@final
class SimulatedNetwork:
    """A network with values whose circuit is solved: what training and analysis need of a `Model`.

    Args:
        values: The network's values; each method solves at those that stand when it is called.

    Attributes:
        values: As given.
        network: The layers and their circuit.
    """

    def __init__(self, values: NetworkValues) -> None:
        self.values = values
        self.network: Network = values.network
        self._runners = Runners(self.network.compiled)

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
        inputs: Any,
        backend: BackendChoice = "native",
        nudge: Mapping[str, Any] | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        executor: Executor | None = None,
        chip: ChipChoice = None,
    ) -> OperatingPoints:
        """Solve the circuit for samples.

        Args:
            inputs: Input layer to ``(n_samples, units)``, V; or one array for all, as `predict`
                takes it.
            backend: ``"native"``, ``"ngspice"`` or a `Backend`.
            nudge: Output to the current injected into its first node,
                ``(n_samples, n_predictions)``, A.
            values: Parameter name to array, in place of the model's own values, which stay.
            executor: A `concurrent.futures.Executor` whose workers solve shards; None: here.
            chip: On which chip, of twins the free one; None: the devices are as the model says.

        Raises:
            DataError: A sample is not finite or has the wrong width.
            UnknownNameError: An input, output or parameter the model lacks.
            ParameterError: One of `values` is out of bounds.
            ConvergenceError: No operating point; names samples and worst node.
            WorkerError: A worker died.
        """
        samples = checked_input_arrays(self.network, inputs)
        n = len(next(iter(samples.values())))
        injected = None if nudge is None else checked_nudge(self.network, nudge, n)
        drive = Drive(inputs=samples, nudge=injected, n_samples=n)
        own = None if values is None else self.values.parameters.with_others(values)
        readings = Hardware(self.values, chip, None).readings(values=own)
        runner, solve = self.runner(backend, executor), Solve(is_nudged=nudge is not None)
        return OperatingPoints.joined(list(runner.results(solve, readings, drive)))

    def predict(
        self,
        dataset: Given,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
        chip: ChipChoice = None,
        read_noise: VoltageNoise | None = None,
    ) -> Any:
        """Return predictions: by output what is given by name, of one array an array.

        Raw voltages, V, or what the output layer's activation makes of them; see `evaluate`.

        Args:
            dataset: A `DataSet`, or input layer to voltages, or one array ``(n_samples, units)``,
                V, for a model of one input layer, or of two whose names say that the second gets
                the negative voltages: ``xp`` and ``xn``. Or a table with named columns, where the
                input layers say which they take.
            backend: See `operating_points`.
            executor: See `operating_points`.
            chip: See `operating_points`.
            read_noise: See `evaluate`.

        Returns:
            Output name to predictions, ``(n_samples, n_predictions)``. Those of the only output,
            where the samples are one array or table.
        """
        data = as_dataset(self.network, dataset, "The data set", alone=True)
        samples = checked_inputs(self.network, data.inputs)
        runner = self.runner(backend, executor)
        own = Hardware(self.values, chip, read_noise)
        raw = predict_raw(runner, own.readings(), samples, len(data), own.reading())
        result = {
            name: activated(self.network, name, prediction) for name, prediction in raw.items()
        }
        return next(iter(result.values())) if is_array(dataset) and len(result) == 1 else result

    def classify(
        self,
        dataset: Given,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
        chip: ChipChoice = None,
    ) -> Any:
        """Return the class of the largest prediction, by its name where the output has `classes`.

        Args:
            dataset: See `predict`.
            backend: See `operating_points`.
            executor: See `operating_points`.
            chip: See `operating_points`.

        Returns:
            As `predict`, but ``(n_samples,)``: names, or numbers from 0.

        Raises:
            ShapeError: An output has one prediction, which cannot be the largest of several.
        """
        found = self.predict(dataset, backend, executor=executor, chip=chip)
        if isinstance(found, dict):
            return {name: classified(self.network, name, item) for name, item in found.items()}
        only = self.network.compiled.circuit.outputs[0].name
        return classified(self.network, only, found)

    def evaluate(
        self,
        dataset: Given,
        loss_fn: LossChoice,
        backend: BackendChoice = "native",
        *,
        power: bool = True,
        executor: Executor | None = None,
        chip: ChipChoice = None,
        read_noise: VoltageNoise | None = None,
    ) -> Evaluation:
        """Return loss and accuracy on a data set, and the mean power the network takes.

        Args:
            dataset: Inputs and targets: a `DataSet`, a pair ``(x, y)``, or ``evaluate(x, y, ...)``.
            loss_fn: One loss, or output to loss; or names of losses, such as ``"mse"``.
            backend: See `operating_points`.
            power: Also compute the mean power.
            executor: See `operating_points`.
            chip: See `operating_points`.
            read_noise: Added to what is read of the outputs, anew with every call; None: none.
        """
        check_truth(power, "power")
        runner, own = self.runner(backend, executor), Hardware(self.values, chip, read_noise)
        losses = checked_losses(self.network, loss_fn)
        samples = checked_samples(self.network, dataset, losses)
        values, reading = own.readings(), own.reading()
        return evaluated(runner, values, samples, losses, power=bool(power), reading=reading)

    def gradients(
        self,
        dataset: Given,
        loss_fn: LossChoice,
        rule: LearningRule,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
        chip: ChipChoice = None,
        read_noise: VoltageNoise | None = None,
    ) -> dict[str, Array]:
        """Return trainable parameter name to gradient, mean over samples.

        V² per unit of the parameter for losses in V²: V²/S for conductances. `chip` and
        `read_noise` are those of `fit`.

        Raises:
            ReciprocityError: The rule needs an energy and the circuit has none.
        """
        check_rule(rule)
        samples = checked_samples(self.network, dataset, checked_losses(self.network, loss_fn))
        own, trainable = Hardware(self.values, chip, read_noise), self.values.local_rules()
        own.check(rule, self.network.compiled.circuit, set(trainable))
        values = own.readings()
        rule.check(self.network.compiled, values)
        found = batch_gradient(
            rule,
            self.runner(backend, executor),
            values,
            samples,
            trainable,
            keep_phases=False,
            second=own.second(),
            reading=own.reading(),
        )
        return found.gradients
