"""One seed of an experiment, in its whole or its smaller form."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import DataError, ParameterError, StorageError
from ebana_core.experiments.experiment import Experiment, Folder, Settings, Split
from ebana_core.experiments.measures import Findings
from ebana_core.metrics import Metrics
from ebana_core.storage.lock import FileLock
from ebana_core.storage.run import Run

if TYPE_CHECKING:
    from ebana_core.model import Model


ROUNDING = 1e-9
"""Relative difference of values that another machine draws from the same seed."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Trial:
    """One seed of an experiment.

    Args:
        experiment: What is done.
        seed: Of the network, the order of samples, and whatever else is drawn.
        data: The folder of data sets that the user named; None: no folder.
        is_quick: Whether it is the smaller form.
        folder: Where run files are written; None: nothing is recorded.
        resume: Whether run files that are there go on from their last commit.
        verbose: Whether the progress of trainings is shown.
    """

    experiment: Experiment
    seed: int = 0
    data: Folder = None
    is_quick: bool = False
    folder: Path | None = None
    resume: bool = False
    verbose: bool = False

    @property
    def settings(self) -> Settings:
        """Hyperparameters of this form."""
        return self.experiment.settings(is_quick=self.is_quick)

    def split(self) -> Split:
        """Return the samples to train and to test with, as many as the hyperparameters say.

        Raises:
            DataError: `load` returned something other than two data sets.
        """
        found = self.experiment.load(self.data)
        if not (isinstance(found, tuple) and [type(item) for item in found] == [DataSet] * 2):
            kinds = f" of {[type(item).__name__ for item in found]}" if _is_row(found) else ""
            raise DataError(
                f"The function `load` of {self.experiment.name!r} returned {type(found).__name__}"
                f"{kinds}.",
                "return a pair of DataSets: to train with, and to test with",
            )
        return self._shortened(found[0], "n_train"), self._shortened(found[1], "n_test")

    def model(self) -> "Model":
        """Return the network of this seed.

        Raises:
            ParameterError: `build` returned something other than a model.
        """
        found = self.experiment.build(self.seed)
        if isinstance(found, type) or not hasattr(found, "fit"):
            told = (
                f"the class {found.__name__}" if isinstance(found, type) else type(found).__name__
            )
            raise ParameterError(
                f"The function `build` of {self.experiment.name!r} returned {told}.",
                "return the model of that seed",
            )
        return found

    def fit(
        self,
        model: "Model",
        train: DataSet,
        test: DataSet | None = None,
        *,
        label: str = "",
        rule: Any = None,
        epochs: int | None = None,
        **more: Any,
    ) -> Any:
        """Train as the experiment says, into a run file of this seed.

        Args:
            model: Learns.
            train: Samples to train with.
            test: Samples to test with after each epoch.
            label: Tells this training from others of the same seed: part of the file's name.
            rule: In place of the experiment's.
            epochs: In place of the experiment's.
            more: Further arguments of `Model.fit`.

        Returns:
            The finished epochs.

        Raises:
            ParameterError: The hyperparameters lack ``epochs`` or ``batch_size``.
            StorageError: The run file holds more epochs than it is asked for, or began at other
                values than the model's.
        """
        experiment = self.experiment
        wanted = self._whole("epochs") if epochs is None else epochs
        settings = {"run": self._run_file(label), "resume": self.resume, **more}
        if settings["resume"]:
            _check_beginning(model, settings["run"])
        history = model.fit(
            BatchGenerator(train, batch_size=self._whole("batch_size")),
            experiment.loss,
            experiment.optimizer(model, **experiment.optimizer_settings),
            epochs=wanted,
            test_dataloader=test,
            metrics=Metrics(model, verbose=self.verbose, save_parameters=None),
            rule=rule or experiment.rule,
            **settings,
        )
        # What a longer training gave must not pass for what a shorter one does.
        if len(history.losses) > wanted:
            raise StorageError(
                f"{self._run_file(label)} holds {len(history.losses)} epochs, and {wanted} are "
                "asked for: it was trained in a longer form.",
                "name a new folder with --out",
            )
        return history

    def performed(self) -> Findings:
        """Do it, and return what was measured by name."""
        if self.experiment.perform is not None:
            return self.experiment.perform(self)
        train, test = self.split()
        model = self.model()
        self.fit(model, train, test)
        return self.experiment.measure(model, test)

    def _whole(self, name: str) -> int:
        settings = self.settings
        if name not in settings:
            raise ParameterError(
                f"Experiment {self.experiment.name!r} has no {name} among its hyperparameters "
                f"{sorted(settings)}.",
                f"give it there: hyperparameters={{{name!r}: ...}}",
            )
        return int(settings[name])  # a whole number, which the experiment has checked

    def _run_file(self, label: str) -> Path | None:
        name = f"seed{self.seed}{'_' if label else ''}{label}.h5"
        return None if self.folder is None else self.folder / name

    def _shortened(self, data: DataSet, name: str) -> DataSet:
        most = self.settings.get(name)
        is_long = most is not None and data.n_samples > int(most)
        return data.subset(np.arange(int(most or 0))) if is_long else data


def _is_row(found: object) -> bool:
    return isinstance(found, tuple | list)


def _check_beginning(model: "Model", path: Any) -> None:
    """Refuse to go on with a run that began at other values than the model has.

    Where one training follows another, going on with the first for longer moves the beginning of
    the second, whose old values would pass for what the longer first one leads to.
    """
    if path is None or not Path(path).exists():
        return
    FileLock.require_free(Path(path))
    with Run.open(path) as run:
        began = run.initial if run.n_epochs or run.partial is not None else {}
    for name, values in model.parameters.snapshot().items():
        theirs = began.get(name)  # another network is told where the training is gone on with
        if theirs is None or theirs.shape != values.shape:
            continue
        if not np.allclose(theirs, values, rtol=ROUNDING, atol=0.0):
            raise StorageError(
                f"{path} began at other values of {name!r} than its training begins at now: the "
                "training before it had another length, as the quick form's has, or the network "
                "was built otherwise.",
                "name a new folder with --out",
            )
