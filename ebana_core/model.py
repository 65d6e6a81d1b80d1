"""The model: layers, their values, and what can be done with them."""

import os
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, final

from ebana_core.analysis.diagnosis import Diagnosis, diagnose
from ebana_core.analysis.gradient_check import GradientCheck, check_gradient
from ebana_core.analysis.monte_carlo import MonteCarlo, Variation, check_variations, run_monte_carlo
from ebana_core.analysis.network_picture import draw
from ebana_core.analysis.replay import recorded_points
from ebana_core.analysis.sweep import Sweep, sweep
from ebana_core.analysis.transient import Transient, transient
from ebana_core.backends.backend import OperatingPoints
from ebana_core.checking import checked_whole
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.execution.evaluation import Evaluation
from ebana_core.execution.simulated import BackendChoice, LossChoice, SimulatedModel
from ebana_core.layers import Layer
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.network.configuration import describe, rebuild
from ebana_core.network.random_streams import checked_seed
from ebana_core.network.summary import Summary, summarize
from ebana_core.optimizers import Optimizer
from ebana_core.registry import load_registry
from ebana_core.rules import LearningRule
from ebana_core.storage.model_file import read_model, write_model
from ebana_core.storage.run import Run
from ebana_core.storage.whole import check_arrays
from ebana_core.training.fitting import fit, only_one_fit
from ebana_core.training.history import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Evaluation", "Fit", "Model", "MonteCarlo", "Summary"]


@final
class Model(SimulatedModel):
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
        super().__init__(inputs, outputs, seed)
        self._history: Fit | None = None
        self._training = threading.Lock()

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
        resume: bool = False,
        callbacks: Sequence[Any] = (),
        seed: int | None = None,
        executor: Executor | None = None,
        commit_every: float = 60.0,
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
            resume: Go on with the run in `run` from its last commit, up to `epochs` in total;
                where there is none yet, begin it. Settings, data and seed must be those that it
                began with.
            callbacks: Objects of `ebana_core.callbacks.Callback`.
            seed: Of the order of samples and device noise; None: the model's.
            executor: See `operating_points`.
            commit_every: Longest time that a killed fit loses, s: an epoch that takes longer is
                committed within, and resumed there. Shorter epochs are committed whole.

        Returns:
            The finished epochs. A keyboard interrupt keeps them, closes the run and is raised
            again.

        Raises:
            PhaseError: No beta, or two different ones.
            ParameterError: Another thread or a callback fits this model already.
            StorageError: `run` exists and neither `overwrite` nor `resume` is True, was begun
                with other settings, is written by another process, or cannot be written.
        """
        with only_one_fit(self._training):
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
                resume=resume,
                callbacks=callbacks,
                seed=self.seed if seed is None else checked_seed(seed),
                executor=executor,
                commit_every=commit_every,
            )

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse copies and pickles: a shallow copy would share the values with the original."""
        raise ParameterError(
            "A model cannot be copied or pickled.",
            "write it with save and build another with Model.load; parameters.snapshot() keeps "
            "its values",
        )

    def save_history(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write the last `fit` as an HDF5 file.

        Raises:
            StorageError: Nothing was fitted yet, or the file cannot be written.
        """
        if self._history is None:
            raise ParameterError("The model was not fitted yet.", "call fit first")
        self._history.save(path, overwrite=overwrite)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network and its values as an HDF5 file, for `load`.

        Raises:
            StorageError: It cannot be written.
        """
        description = describe(self, load_registry())
        write_model(path, description, self._parameters, self.parameter_units())

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        devices: Sequence[type[Layer]] = (),
        callables: Mapping[str, Any] | None = None,
        *,
        strict: bool = True,
    ) -> "Model":
        """Build a stored model with its values: of `save`, or the last epoch of a run.

        Args:
            path: A model file or a run file.
            devices: Layer classes beside the installed ones; they take precedence.
            callables: What is not plain data, by the place it was stored under, for example
                ``{"d1.lr": schedule}``.
            strict: Refuse a file that lacks an array of the model or holds an unknown one; False:
                what it lacks is drawn anew, and what is unknown is left out.

        Raises:
            StorageError: It does not exist, or is damaged.
            FormatError: It holds no model that this EBANA knows, or lacks an array of it.
            ShapeError: An array has another shape than the model says.
            ParameterError: A value is outside its bounds; names it.
            UnknownDeviceError: A device is not installed; names its plugin and version.
            UnknownNameError: A setting is missing in `callables`; names it.
        """
        stored = read_model(path)
        model = rebuild(stored.description, load_registry(), devices, callables or {}, cls)
        shapes = {name: array.shape for name, array in model.parameters.items()}
        check_arrays(stored.parameters, shapes, stored.place, strict=strict)
        model.restore({n: v for n, v in stored.parameters.items() if n in shapes})
        return model

    def recorded_points(
        self, run: Run, phase: str = "free", epoch: int | None = None
    ) -> list[OperatingPoints]:
        """Return recorded operating points as `operating_points` does, batch by batch.

        Each holds the values that were in force when it was solved, so that its drops, currents,
        powers and residual are those of the run and not those of the model as it stands.

        Args:
            run: A run of this model that recorded phases.
            phase: ``"free"``, ``"nudged"``, ``"plus"``, ``"minus"``.
            epoch: One of those whose phases were recorded; None: the last.

        Raises:
            UnknownNameError: The run did not record it.
            FormatError: The run was made of another circuit.
        """
        return recorded_points(self._network.compiled, run.phase(phase, epoch))

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
                one draw per value), or to a callable of values and generator. What devices have
                from their making can be drawn anew that way: ``"m1.stuck"``. Devices that
                fluctuate are read once per copy.
            seed: Of the variations; None draws one, which the result tells.
            backend: See `operating_points`.
            executor: See `operating_points`.

        Raises:
            UnknownNameError: A parameter the model lacks.
            ParameterError: `n`, a variation, or a value it gives is not allowed.
        """
        return run_monte_carlo(
            partial(self._score, dataset, loss_fn, self.runner(backend, executor)),
            self.readings,
            self._parameters.snapshot(),
            check_variations(variations or {}, self._slots),
            self._slots,
            checked_whole(n, "n"),
            secrets.randbits(32) if seed is None else checked_seed(seed),
        )

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
        executor: Executor | None = None,
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
            executor: See `operating_points`.

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
            executor=executor,
        )

    def diagnose(
        self,
        dataset: DataSet,
        loss_fn: LossChoice | None = None,
        *,
        beta: float | None = None,
        rails: tuple[float, float] | None = None,
        backend: BackendChoice = "native",
        executor: Executor | None = None,
    ) -> Diagnosis:
        """Tell what the devices do on a data set: which conduct, saturate, or stand at bounds.

        Args:
            dataset: Inputs and targets; held in memory with all node voltages.
            loss_fn: One loss, or output to loss; None: `MSE`.
            beta: Nudging strength to judge, S.
            rails: Lowest and highest supply, V; None: the range of the model's own sources.
            backend: See `operating_points`.
            executor: See `operating_points`.

        Raises:
            ParameterError: `rails` are no two ascending voltages.
        """
        return diagnose(
            self,
            dataset,
            loss_fn or MSE(),
            beta=beta,
            rails=rails,
            backend=backend,
            executor=executor,
        )

    def sweep(
        self,
        input: str | Mapping[str, float],
        values: Sequence[float],
        inputs: Mapping[str, Any] | None = None,
        backend: BackendChoice = "native",
        *,
        executor: Executor | None = None,
    ) -> Sweep:
        """Move one input and return the transfer curves of all nodes.

        Args:
            input: An input node such as ``"x[0]"`` (``"x"`` where it has one unit); or several
                and the factor that each moves with: ``{"xp[0]": 1, "xn[0]": -1}``.
            values: Where it stands, V.
            inputs: Input layer to where the others stand, ``(units,)``, V; left out: 0 V.
            backend: See `operating_points`.
            executor: See `operating_points`.

        Raises:
            UnknownNameError: An input that the model lacks.
            DataError: No finite values.
        """
        return sweep(self, input, values, inputs, backend, executor)

    def transient(
        self,
        inputs: Mapping[str, Any],
        *,
        capacitance: float | Mapping[str, float],
        duration: float,
        nudge: Mapping[str, Any] | None = None,
        n_steps: int = 200,
        backend: BackendChoice = "native",
    ) -> Transient:
        """Let the circuit settle in time: inputs switched on at 0 s, then the nudge.

        Args:
            inputs: Input layer to ``(n_samples, units)``, V.
            capacitance: From every node that a layer presents to ground, F, discharged at 0 s;
                or layer name to that of the nodes which the layer creates.
            duration: Of each phase, s.
            nudge: Output to the current injected into its first node, ``(n_samples,
                n_predictions)``, A, from `duration` to twice that; None: the free phase alone.
            n_steps: Steps of time in a phase, short at its begin and long at its end.
            backend: See `operating_points`.

        Raises:
            ParameterError: A capacitance, the duration or the number of steps is not above zero,
                or a capacitance is for a layer without nodes that can move.
            UnknownNameError: `capacitance` names a layer that the model lacks.
            DataError: `inputs` or `nudge` are not finite numbers of the right shape.
            UnsupportedError: native: a device or a block stores charge by itself.
            NotEnoughMemoryError: The result does not fit; says how many samples do.
            ConvergenceError: The backend finds no next point.
        """
        return transient(self, inputs, capacitance, duration, nudge, n_steps, backend)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw the network: layers, nodes, devices, and the stages with their weights.

        Args:
            axes: Where to draw; None: a new figure.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        return draw(self, axes)

    def summary(self) -> Summary:
        """Return layers, devices, shapes, nodes, trainable values and plugins; printable."""
        return summarize(self._network, self._slots, self._trainable)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        return (
            f"Model({len(self.layers)} layers, "
            f"{len(self._network.compiled.circuit.visible_nodes)} nodes, seed={self.seed})"
        )
