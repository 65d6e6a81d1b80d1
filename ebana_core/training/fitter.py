"""Fits a model: everything is checked before the first epoch."""

import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, final

from ebana_core.callbacks import CallbackList, ProgressBar
from ebana_core.callbacks.callback import Trained
from ebana_core.checking import checked_whole
from ebana_core.chips import VoltageNoise
from ebana_core.chips.hardware import Hardware
from ebana_core.errors import ParameterError
from ebana_core.execution.runner import Runner
from ebana_core.execution.simulated import (
    BackendChoice,
    ChipChoice,
    Given,
    LossChoice,
    SimulatedNetwork,
)
from ebana_core.metrics import Metrics
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.network.handed_in import checked_callables
from ebana_core.network.loaders import as_batches, as_dataset
from ebana_core.network.random_streams import checked_seed
from ebana_core.optimizers import Optimizer
from ebana_core.papers import Cited, papers_of
from ebana_core.registry import load_registry
from ebana_core.rules import LearningRule
from ebana_core.training.arguments import (
    check_arguments,
    check_commit_every,
    choose_rule,
    chosen_metrics,
    chosen_optimizer,
)
from ebana_core.training.history import Fit
from ebana_core.training.starting import RunFileChoice, start
from ebana_core.training.task import Task
from ebana_core.training.trained_with import TrainedWith


@final
class Fitter:
    """Fits one model, one fit at a time, and remembers the last.

    Args:
        simulated: The model's values on simulators.
        model: The model as callbacks and plugins see it. It owns the fitter: a strong reference
            would keep the arrays of a dropped model until the garbage collector comes by.
    """

    def __init__(self, simulated: SimulatedNetwork, model: "weakref.ref[Trained]") -> None:
        self._simulated, self._model = simulated, model
        self._history: Fit | None = None
        self._learned_with: tuple[Cited, ...] = ()
        self._lock = threading.Lock()

    def fit(
        self,
        train_dataloader: Given,
        loss_fn: LossChoice | None = None,
        optimizer: Optimizer | str | None = None,
        epochs: int = 1,
        beta: float | None = None,
        test_dataloader: Given = None,
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
        chip: ChipChoice = None,
        read_noise: VoltageNoise | None = None,
        batch_size: int | None = None,
        verbose: bool | None = None,
    ) -> Fit:
        """Train.

        Args:
            train_dataloader: The samples, in volts: a `BatchGenerator`, a `DataSet`, a pair
                ``(x, y)``, or ``fit(x, y, ...)``; a `DataLoader` of PyTorch, or any iterable of
                batches ``(x, y)``. ``x`` and ``y`` are arrays, or arrays by layer name; see
                `predict` for ``x``. Labels in ``y``, numbers or names of classes, become one-hot.
            loss_fn: One loss, or output to loss; or names of losses, such as ``"mse"``.
            optimizer: Makes the updates; or its name, ``"adam"``.
            epochs: Number of epochs.
            beta: Nudging strength of the default rule, S; may stand on the optimizer or rule.
                ``diagnose(x, y).suggested_beta`` is a rule of thumb.
            test_dataloader: Test set, used whole: as `train_dataloader`.
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
            chip: What is trained and validated: a chip, or twins for free and displaced phases;
                None: the devices are as the model says.
            read_noise: Added to every reading of a node: what loss, clamp and rule see; None: none.
            batch_size: Samples of an update, of samples that are not in batches yet; None: 128.
            verbose: Show progress, where `metrics` is None; None: show it.

        Returns:
            The finished epochs. A keyboard interrupt keeps them, closes the run and is raised
            again.

        Raises:
            PhaseError: No beta, or two different ones.
            ParameterError: A trained layer has no learning rate; names it. Or another thread or a
                callback fits this model already.
            StorageError: `run` exists and neither `overwrite` nor `resume` is True, was begun
                with other settings, is written by another process, or cannot be written.
        """
        model = self._model()
        assert model is not None  # its method is running
        with self._only_one_fit():
            history = self._history = Fit()
            metrics = chosen_metrics(model, metrics, verbose)
            values = self._simulated.values
            seed = values.seed if seed is None else checked_seed(seed)
            epochs = checked_whole(epochs, "epochs")
            network = values.network
            batches = as_batches(network, train_dataloader, "train_dataloader", batch_size)
            test = test_dataloader
            test_data = None if test is None else as_dataset(network, test, "test_dataloader")
            optimizer = chosen_optimizer(model, optimizer)
            check_arguments(run=run, overwrite=overwrite, resume=resume)
            check_commit_every(commit_every)
            # Before a file is begun: what these are must not be found out after it.
            watching = _watching(callbacks, metrics)
            losses = checked_losses(values.network, loss_fn)
            samples = checked_samples(values.network, batches.dataset, losses)
            rule = choose_rule(rule, beta, optimizer.beta)
            values.check_rates()
            hardware = Hardware(values, chip, read_noise)
            hardware.check(rule, values.network.compiled.circuit, set(values.local_rules()))
            task = Task(
                model=model,
                values=values,
                runner=self._simulated.runner(backend, executor),
                batches=batches,
                samples=samples,
                test=None
                if test_data is None
                else checked_samples(values.network, test_data, losses),
                losses=losses,
                optimizer=optimizer,
                rule=rule,
                metrics=metrics,
                epochs=epochs,
                seed=seed,
                hardware=hardware,
                second=self._second(backend) if "agreement" in metrics.measures else None,
            )
            rule.check(values.network.compiled, values.parameters.snapshot())
            self._learned_with = (rule, optimizer, *losses.values())
            choice = RunFileChoice(
                path=run, overwrite=overwrite, resume=resume, commit_every=commit_every
            )
            start(task, backend, choice, watching, history)
            return history

    def _second(self, backend: BackendChoice) -> Runner:
        """Return what solves with another simulator than a backend does: ngspice, or native."""
        own = type(self._simulated.simulator(backend)) is type(self._simulated.simulator("ngspice"))
        return self._simulated.runner("native" if own else "ngspice")

    def trained_with(
        self, run: str | os.PathLike[str], callables: Mapping[str, Any] | None = None
    ) -> TrainedWith:
        """Return rule, losses and optimizer that a run was trained with, made again by name.

        ``with_ = model.trained_with("xor.h5")``, and a fit with ``rule=with_.rule``,
        ``loss_fn=with_.losses``, ``optimizer=with_.optimizer`` and ``resume=True`` goes on.

        Args:
            run: A run file.
            callables: Functions and objects, which no file holds, by the place they were stored
                under, for example ``{"rule": MyRule()}``, where no plugin provides the class.

        Raises:
            StorageError: It does not exist, or is damaged.
            FormatError: It is no run, or of an EBANA that did not write this.
            UnknownNameError: A class is of a plugin that is not installed; names plugin and
                version. Or something is missing in `callables`; names it.
        """
        model = self._model()
        return TrainedWith.read(run, model, checked_callables(callables), load_registry())

    @property
    def papers(self) -> tuple[str, ...]:
        """BibTeX entries of the layers, and of rule, optimizer and losses of the last fit."""
        used = (*self._simulated.values.layers.values(), *self._learned_with)
        return tuple(entry for thing in used for entry in papers_of(thing))

    def save_history(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
        """Write the last `fit` as an HDF5 file.

        Raises:
            StorageError: Nothing was fitted yet, or the file cannot be written.
        """
        if self._history is None:
            raise ParameterError("The model was not fitted yet.", "call fit first")
        self._history.save(path, overwrite=overwrite)

    @contextmanager
    def _only_one_fit(self) -> Iterator[None]:
        """Refuse a second fit of the model while one runs: both would change the same values."""
        if not self._lock.acquire(blocking=False):
            raise ParameterError(
                "The model is being fitted, by another thread or the fit that called this.",
                "wait for that fit, or train another model: Model.load",
            )
        try:
            yield
        finally:
            self._lock.release()


def _watching(callbacks: object, metrics: Metrics) -> CallbackList:
    listed: list[Any] = list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]
    return CallbackList([*listed, *([ProgressBar()] if metrics.verbose else [])])
