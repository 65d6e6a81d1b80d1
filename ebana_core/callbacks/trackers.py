"""Callbacks that report a fit to the experiment trackers Weights & Biases and MLflow."""

import math
from collections.abc import Mapping
from typing import Any, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.settings import check_text, check_texts
from ebana_core.checking import shown
from ebana_core.errors import MissingLibraryError, ParameterError


class Tracker(Callback):
    """What both loggers share: which figures are reported, and whether the fit was whole."""

    _last = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._last = epoch
        # a loss may define no accuracy, and trackers draw nan as a gap or refuse it
        self._log({k: float(v) for k, v in (logs or {}).items() if math.isfinite(v)}, epoch)

    def _log(self, figures: Mapping[str, float], epoch: int) -> None:
        raise NotImplementedError

    @property
    def _described(self) -> dict[str, Any]:
        """What the fit is, for the tracker's table of settings."""
        settings = {name: self.params[name] for name in ("epochs", "steps", "samples")}
        return {**settings, "optimizer": type(self.optimizer).__name__, "seed": self.model.seed}

    @property
    def _is_whole(self) -> bool:
        last = max(self._last, self.params["finished"])
        return bool(last >= self.params["epochs"] or self.model.stop_training)


@final
class WandbLogger(Tracker):
    """Logs the figures of every epoch to Weights & Biases.

    Args:
        project: As of ``wandb.init``; None: its default.
        name: Of the run; None: drawn by wandb.
        config: Settings to show beside those of the fit.
        run: A run that was begun already, which stays open; None: one of its own.

    Raises:
        MissingLibraryError: wandb is not installed.

    Examples:
        >>> tracked = WandbLogger("analog", name="xor")  # doctest: +SKIP
        >>> history = model.fit(x, y, epochs=100, callbacks=[tracked])  # doctest: +SKIP
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        name: str | None = None,
        config: Mapping[str, Any] | None = None,
        run: Any = None,
    ) -> None:
        try:
            import wandb
        except ImportError as error:
            raise MissingLibraryError(
                "WandbLogger needs wandb, which is not installed.", "pip install wandb"
            ) from error
        check_texts("WandbLogger", project=project, name=name)
        self._begin, self._given = wandb.init, run
        self.project, self.name, self.config = project, name, checked_config(config)
        self._run: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        config = {**self._described, **self.config}
        if self._given is None:
            self._run = self._begin(project=self.project, name=self.name, config=config)
        else:
            self._run = self._given
            self._run.config.update(config)

    def _log(self, figures: Mapping[str, float], epoch: int) -> None:
        self._run.log(dict(figures), step=epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._run is not None and self._given is None:
            self._run.finish(exit_code=0 if self._is_whole else 1)
        self._run = None


@final
class MLflowLogger(Tracker):
    """Logs the figures of every epoch to MLflow.

    Args:
        experiment: Name of the experiment, which is made if there is none.
        run_name: Of the run; None: drawn by MLflow.
        tracking_uri: Server or folder; None: what MLflow is set to.
        config: Settings to keep beside those of the fit.

    Raises:
        MissingLibraryError: mlflow is not installed.

    Attributes:
        run_id: Of the run; None: the fit has not begun.

    Examples:
        >>> tracked = MLflowLogger("xor", config={"hidden": 10})  # doctest: +SKIP
        >>> history = model.fit(x, y, epochs=100, callbacks=[tracked])  # doctest: +SKIP
    """

    def __init__(
        self,
        experiment: str = "ebana",
        *,
        run_name: str | None = None,
        tracking_uri: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise MissingLibraryError(
                "MLflowLogger needs mlflow, which is not installed.", "pip install mlflow"
            ) from error
        check_texts("MLflowLogger", run_name=run_name, tracking_uri=tracking_uri)
        check_text(experiment, "MLflowLogger has experiment")
        self.experiment, self.run_name = experiment, run_name
        self.config = checked_config(config)
        self._client = MlflowClient(tracking_uri)
        self.run_id: str | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        found = self._client.get_experiment_by_name(self.experiment)
        place = found.experiment_id if found else self._client.create_experiment(self.experiment)
        self.run_id = self._client.create_run(place, run_name=self.run_name).info.run_id
        for name, value in {**self._described, **self.config}.items():
            self._client.log_param(self.run_id, name, value)

    def _log(self, figures: Mapping[str, float], epoch: int) -> None:
        for name, value in figures.items():
            self._client.log_metric(self.run_id, name, value, step=epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.run_id is not None:
            status = "FINISHED" if self._is_whole else "FAILED"
            self._client.set_terminated(self.run_id, status)


def checked_config(given: Any) -> dict[str, Any]:
    """Return settings to show, by name.

    Raises:
        ParameterError: No mapping of names.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ParameterError(f"config is {shown(given)}.", "give {'name': value}, or None")
    return dict(given)
