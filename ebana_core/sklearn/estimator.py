"""What both estimators share: settings, training, and copies that stand on their own."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ebana_core.analysis.strengths import suggested_beta
from ebana_core.arrays import Array
from ebana_core.backends import Backend
from ebana_core.checking import checked_number, checked_whole, shown
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ModelError, ParameterError
from ebana_core.execution.solving import predict_raw
from ebana_core.losses import Loss
from ebana_core.metrics import Metrics
from ebana_core.model import Model
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.network.given import inputs_from
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation, LearningRule
from ebana_core.sklearn.networks import Build, HiddenLayerNetwork, output_of
from ebana_core.sklearn.volts import VoltScale
from ebana_core.training.arguments import choose_rule

EXAMINED = 32
"""Samples from which beta is suggested."""
ANY_BETA = 1e-8
"""Nudging strength where there is nothing to learn, S: the gradient is zero at any."""
ABOVE_ZERO = "give a finite number above 0"


class AnalogEstimator(BaseEstimator):
    """A network, its data as voltages, and its training."""

    def __init__(
        self,
        hidden_units: int = 16,
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 0.05,
        voltage: float | None = None,
        beta: float | None = None,
        rule: LearningRule | None = None,
        loss: Loss | None = None,
        build: Build | None = None,
        backend: str | Backend = "native",
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_units, self.epochs, self.batch_size = hidden_units, epochs, batch_size
        self.learning_rate, self.voltage, self.beta = learning_rate, voltage, beta
        self.rule, self.loss, self.build = rule, loss, build
        self.backend, self.random_state, self.verbose = backend, random_state, verbose

    @property
    def model_(self) -> Model:
        """The trained model, with all that a `Model` can do; of a copy, a model of its own.

        Raises:
            NotFittedError: There is none yet.
        """
        check_is_fitted(self, "loss_curve_")
        if "_model" not in self.__dict__:
            # An unpickled estimator: a `Model` itself cannot be copied, its recipe can.
            build, sizes = self._recipe
            self._model = build(*sizes)
            self._model.parameters.assign(self._values)
        model: Model = self._model
        return model

    @contextmanager
    def _whole_or_not(self) -> Iterator[None]:
        """Set the estimator back to what it was if a fit fails."""
        before = dict(self.__dict__)
        try:
            yield
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _train(self, x: Array, targets: Array, loss: Loss) -> None:
        """Train a new network.

        Args:
            x: Features. Shape ``(n_samples, n_features)``.
            targets: Of the predictions. Shape ``(n_samples, n_outputs)``.
            loss: What is made small.
        """
        voltage = math.sqrt(x.shape[1])  # what a crossbar divides grows with its rows
        if self.voltage is not None:
            voltage = checked_number(self.voltage, "voltage", ABOVE_ZERO, above=0.0, unit="V")
        scale = VoltScale.of(x, voltage)
        epochs = checked_whole(self.epochs, "epochs")
        seed = int(check_random_state(self.random_state).randint(2**31))
        build = self._default(len(x), voltage) if self.build is None else self.build
        if not callable(build):
            raise ParameterError(
                f"build is {shown(build)}.", "give a function of (n_features, n_outputs, seed)"
            )
        sizes = x.shape[1], targets.shape[1], seed
        model = _checked_model(build(*sizes))
        output = output_of(model)
        data = DataSet(inputs_from(model.network, scale.to_volts(x)), {output: targets})
        rule = self._rule(model, data, loss)
        history = model.fit(
            BatchGenerator(data, self.batch_size),
            loss,
            Adam(model),
            epochs,
            metrics=Metrics(model, verbose=bool(self.verbose), save_parameters=None),
            rule=rule,
            backend=self.backend,
        )
        self._model, self._scale = model, scale
        self._recipe: tuple[Build, tuple[int, int, int]] = build, sizes
        self.rule_, self.loss_curve_ = rule, history.losses

    def _default(self, n_samples: int, voltage: float) -> Build:
        """Return what builds the default network."""
        batch_size = checked_whole(self.batch_size, "batch_size")
        rate = checked_number(self.learning_rate, "learning_rate", ABOVE_ZERO, above=0.0)
        return HiddenLayerNetwork(
            hidden_units=checked_whole(self.hidden_units, "hidden_units"),
            bias_voltage=voltage,
            learning_rate=rate,
            n_steps=self.epochs * -(-n_samples // batch_size),
        )

    def _rule(self, model: Model, data: DataSet, loss: Loss) -> LearningRule:
        """Return the rule that was asked for, or Equilibrium Propagation at a suggested beta."""
        if self.rule is not None or self.beta is not None:
            return choose_rule(self.rule, self.beta, None)
        few = data.subset(slice(0, EXAMINED))
        samples = checked_samples(model.network, few, checked_losses(model.network, loss))
        beta = suggested_beta(model.operating_points(few.inputs, self.backend), samples)
        return EquilibriumPropagation(ANY_BETA if math.isnan(beta) else beta, "centered")

    def _volts(self, x: Array) -> Array:
        """Return the voltages of the outputs. Shape ``(n_samples, n_outputs)``, V."""
        model = self.model_
        data = DataSet(inputs_from(model.network, self._scale.to_volts(x)))
        runner = model.runner(self.backend)
        raw = predict_raw(runner, model.readings(), data.inputs, len(data))
        return raw[output_of(model)]

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a copy: the recipe of the model in place of the model."""
        state: dict[str, Any] = dict(super().__getstate__())
        model = state.pop("_model", None)
        if model is not None:
            state["_values"] = {name: np.array(v) for name, v in model.parameters.items()}
        return state


def _checked_model(model: object) -> Model:
    """Return what `build` returned, if it is a model that can learn."""
    if not isinstance(model, Model):
        raise ModelError(
            f"build returned a {type(model).__name__}.",
            "return Model(inputs, outputs, seed) from build(n_features, n_outputs, seed)",
        )
    names = model.trainable_parameters()
    if not any(model.learning_rate(name, 1) for name in names):
        raise ModelError(
            f"The model that build returned learns nothing: the learning rates of {list(names)} "
            "are 0.",
            "give its trainable layers lr=..., in S for conductances (Adam)",
        )
    return model
