"""What a run was trained with: rule, losses and optimizer, written by name and made again."""

import os
from collections.abc import Mapping
from typing import Any, Self

import attrs

from ebana_core.errors import EbanaError, FormatError
from ebana_core.losses import Loss
from ebana_core.network.plain_data import HANDED, MAPPING, class_of, named, plain, restored
from ebana_core.optimizers import Optimizer
from ebana_core.registry import Registry
from ebana_core.rules import LearningRule
from ebana_core.storage.run import Run
from ebana_core.training.identity import public_attributes

CHANGING = ("model", "beta", "n_steps", "rate_factor")
"""Attributes of an optimizer that are not settings: its state, and beta, which the rule tells."""


@attrs.frozen(kw_only=True, eq=False)
class TrainedWith:
    """What a run was trained with; hand it to `Model.fit` to go on.

    Args:
        rule: Measured the gradients.
        losses: Output name to its loss.
        optimizer: Made the updates; a new one, of the model that was asked.
    """

    rule: LearningRule
    losses: Mapping[str, Loss]
    optimizer: Optimizer

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        model: Any,
        callables: Mapping[str, Any],
        registry: Registry,
    ) -> Self:
        """Make rule, losses and optimizer again; see `Model.trained_with`."""
        with Run.open(path) as run:
            stored = run.settings.get("learning")
        if stored is None:
            raise FormatError(
                f"{os.fspath(path)} was written before runs told how they were trained.",
                "give rule, losses and optimizer yourself",
            )
        try:
            return cls(
                rule=restored(stored["rule"], callables, registry),
                losses={
                    name: restored(loss, callables, registry)
                    for name, loss in stored["losses"].items()
                },
                optimizer=_optimizer(stored["optimizer"], model, callables, registry),
            )
        except EbanaError:
            raise
        except Exception as error:  # a damaged description, or whatever a plugin's class raises
            raise FormatError(
                f"What {os.fspath(path)} was trained with cannot be made: "
                f"{type(error).__name__} {error}.",
                "use the ebana and the plugins that wrote it",
            ) from error


def _optimizer(
    stored: Mapping[str, Any], model: Any, callables: Mapping[str, Any], registry: Registry
) -> Any:
    if HANDED in stored:
        return restored(stored, callables, registry)
    settings = {key: restored(v, callables, registry) for key, v in stored[MAPPING].items()}
    return class_of(stored, registry)(model, **settings)


def described(
    rule: LearningRule, losses: Mapping[str, Loss], optimizer: Optimizer, registry: Registry
) -> dict[str, Any]:
    """Return rule, losses and optimizer as plain data, for `TrainedWith.read`."""
    provided = registry.naming(type(optimizer))
    own = optimizer_settings(optimizer, registry)
    return {
        "rule": plain(rule, "rule", registry),
        "losses": {name: plain(loss, f"losses.{name}", registry) for name, loss in losses.items()},
        "optimizer": plain(optimizer, "optimizer") if provided is None else named(provided, own),
    }


def optimizer_settings(optimizer: Optimizer, registry: Registry | None = None) -> dict[str, Any]:
    """Return an optimizer's settings as plain data: its public attributes, without its state."""
    return {
        name: plain(value, f"optimizer.{name}", registry)
        for name, value in public_attributes(optimizer).items()
        if name not in CHANGING
    }
