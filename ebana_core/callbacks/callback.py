"""The interface of callbacks, shaped as that of Keras."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, final

from ebana_core.checking import own_copy, shown
from ebana_core.errors import NotFiniteError, ParameterError

Logs = Mapping[str, float]
"""``loss``, ``accuracy``, ``seconds`` (training), ``points_per_second``, and where the epoch was
validated ``val_loss`` and ``val_accuracy``."""


class Trained(Protocol):
    """The model that is trained."""

    stop_training: bool


class Trainer(Protocol):
    """The optimizer that trains it."""

    rate_factor: float


class Callback:
    """Watches a `fit`. Every method does nothing by default; exceptions stop the fit.

    Attributes:
        model: The model. ``self.model.stop_training = True`` ends the fit after this epoch.
        optimizer: Its optimizer; ``rate_factor`` multiplies every learning rate.
        params: ``epochs``, ``finished`` (before this fit, of a resumed run), ``steps`` (batches
            per epoch), ``samples``, ``test_samples`` (0: no epoch is validated), ``verbose``.

    Examples:
        >>> class Every(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, logs["loss"])
        >>> Every().on_epoch_end(1, {"loss": 0.25})
        1 0.25
    """

    model: Any = None
    optimizer: Any = None
    params: Mapping[str, Any] = {}

    def set_model(self, model: Trained, optimizer: Trainer) -> None:
        """Called before anything else."""
        self.model, self.optimizer = model, optimizer

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called after `set_model`."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once before the first epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before each epoch, counted from 1; again where a resumed run goes on within."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of an epoch, counted from 1."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch with its ``loss`` and ``accuracy``."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch; what this changes belongs to the epoch's record."""

    def on_commit(self, epoch: int, logs: Logs | None = None) -> None:
        """Called for each epoch once it is safe in the run file, up to half a second later."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once after the last epoch, also when fit is interrupted or fails."""

    def forgives(self, error: NotFiniteError) -> bool:
        """Tell whether a fit ends with its last whole epoch where a number is not finite.

        If no callback does, the error is raised.
        """
        del error
        return False

    def state(self) -> dict[str, Any]:
        """Return what the callback remembers, as plain data for the run file."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned; called after `on_train_begin` of a resumed run."""


@final
class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_train_begin: Of ``(logs)``.
        on_epoch_begin: Of ``(epoch, logs)``.
        on_train_batch_begin: Of ``(batch, logs)``.
        on_train_batch_end: Of ``(batch, logs)``.
        on_epoch_end: Of ``(epoch, logs)``.
        on_commit: Of ``(epoch, logs)``.
        on_train_end: Of ``(logs)``.

    Raises:
        ParameterError: One of them cannot be called.

    Examples:
        >>> shown = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
        >>> shown.on_epoch_end(3, {"loss": 0.25})
        3 0.25
    """

    def __init__(
        self,
        *,
        on_train_begin: Callable[[Logs | None], object] | None = None,
        on_epoch_begin: Callable[[int, Logs | None], object] | None = None,
        on_train_batch_begin: Callable[[int, Logs | None], object] | None = None,
        on_train_batch_end: Callable[[int, Logs | None], object] | None = None,
        on_epoch_end: Callable[[int, Logs | None], object] | None = None,
        on_commit: Callable[[int, Logs | None], object] | None = None,
        on_train_end: Callable[[Logs | None], object] | None = None,
    ) -> None:
        given = {
            "on_train_begin": on_train_begin,
            "on_epoch_begin": on_epoch_begin,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            "on_epoch_end": on_epoch_end,
            "on_commit": on_commit,
            "on_train_end": on_train_end,
        }
        for name, function in given.items():
            if function is None:
                continue
            if not callable(function):
                raise ParameterError(
                    f"LambdaCallback has {name}={shown(function)}.", "give a function"
                )
            setattr(self, name, function)


def _plain(callback: Callback) -> Any:
    """Return what a callback remembers, now and as a run file gives it back."""
    state = own_copy(callback.state())
    try:
        json.dumps(state)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{type(callback).__name__}.state returns {shown(state)}: {error}.",
            "return numbers, text, lists and mappings of these",
        ) from error
    return state


@final
class CallbackList(Callback):
    """Tells several callbacks, in their order.

    Examples:
        >>> from ebana_core.callbacks import LambdaCallback
        >>> watching = LambdaCallback(on_train_end=lambda logs: print("the end"))
        >>> CallbackList([watching, watching]).on_train_end()
        the end
        the end
    """

    def __init__(self, callbacks: Iterable[Callback]) -> None:
        self.callbacks = tuple(callbacks) if isinstance(callbacks, Iterable) else (callbacks,)
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise ParameterError(
                    f"callbacks holds {shown(callback)}.",
                    "give a list of objects of ebana_core.callbacks.Callback",
                )

    def set_model(self, model: Trained, optimizer: Trainer) -> None:
        for callback in self.callbacks:
            callback.set_model(model, optimizer)

    def set_params(self, params: Mapping[str, Any]) -> None:
        for callback in self.callbacks:
            callback.set_params(params)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_commit(self, epoch: int, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_commit(epoch, logs)

    def forgives(self, error: NotFiniteError) -> bool:
        return any(callback.forgives(error) for callback in self.callbacks)

    def state(self) -> dict[str, Any]:
        """Return what all remember, by place and class.

        Raises:
            ParameterError: One remembers what no run file holds; names it.
        """
        return {name: state for name, one in self._named() if (state := _plain(one))}

    def restore(self, state: Mapping[str, Any]) -> None:
        for name, callback in self._named():
            if name in state:
                callback.restore(state[name])

    def _named(self) -> list[tuple[str, Callback]]:
        return [(f"{k} {type(one).__name__}", one) for k, one in enumerate(self.callbacks)]

    def on_train_end(self, logs: Logs | None = None) -> None:
        for callback in self.callbacks:
            callback.on_train_end(logs)
