"""Checks of what users hand to a fit."""

import math
import os
from collections.abc import Mapping
from types import UnionType
from typing import Any

import numpy as np

from ebana_core.checking import checked_number, shown
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.metrics import Metrics
from ebana_core.metrics.policies import checked_verbose
from ebana_core.network.checks import check_rule
from ebana_core.objects import checked_instance
from ebana_core.optimizers import Optimizer
from ebana_core.registry import made
from ebana_core.rules import EquilibriumPropagation, LearningRule


def check_arguments(*, run: object, **truths: object) -> None:
    """Refuse what `fit` cannot take, before anything is begun.

    Args:
        run: Must be a path or None.
        truths: Must be True or False each: a text such as "no" would count as true.

    Raises:
        ParameterError: Names the first one and says what was given.
    """
    allowed: Mapping[str, tuple[object, type | UnionType, str]] = {
        "run": (run, str | os.PathLike | None, "give the path of a file, such as 'xor.h5'"),
        **{name: (value, bool | np.bool_, "give True or False") for name, value in truths.items()},
    }
    for name, (value, kind, fix) in allowed.items():
        if not isinstance(value, kind):
            raise ParameterError(f"{name} is {shown(value)}.", fix)


def chosen_optimizer(model: Any, given: Optimizer | str | None) -> Optimizer:
    """Return an optimizer of a model, made where its name is given.

    Raises:
        UnknownNameError: No optimizer has this name.
        ParameterError: It is none, or was built for another model.
    """
    optimizer = made("ebana_optimizers", given, model) if isinstance(given, str) else given
    if not isinstance(optimizer, Optimizer):
        raise ParameterError(
            f"optimizer is {shown(given)}.",
            "give one of ebana_core.optimizers, Adam(model), or its name, 'adam'",
        )
    if optimizer.model is not model:
        raise ParameterError(
            "The optimizer was built for another model.", "build it with the model to fit"
        )
    return optimizer


def chosen_metrics(model: object, given: Metrics | None, verbose: bool | None) -> Metrics:
    """Return the policies of a fit.

    Raises:
        ParameterError: No metrics, or `verbose` is not a truth value, or stands beside metrics.
    """
    if given is not None:
        checked_instance(given, Metrics, "metrics", "give Metrics(model, ...)")
    if verbose is None:
        return Metrics(model) if given is None else given
    shown = checked_verbose(verbose, "verbose")
    if given is not None:
        raise ParameterError(
            f"verbose={verbose} stands beside metrics.", "write Metrics(model, verbose=...)"
        )
    return Metrics(model, verbose=shown)


def check_commit_every(seconds: object) -> None:
    """Refuse a time between commits that is not a number above zero.

    Raises:
        ParameterError: Quotes it.
    """
    # Infinity is allowed: nothing is committed before the end.
    fix = "give a time above 0"
    checked_number(seconds, "commit_every", fix, above=0.0, at_most=math.inf, unit="s")


def choose_rule(
    rule: LearningRule | None, beta: float | None, optimizer_beta: float | None
) -> LearningRule:
    """Return the rule, taking beta from wherever it was given.

    Raises:
        ParameterError: No rule.
        PhaseError: No beta, two different ones, or one beside a rule that has none.
    """
    if rule is not None:
        check_rule(rule)
    own = getattr(rule, "beta", None)
    if rule is not None and own is None and beta is not None:
        raise PhaseError(
            f"fit has beta={beta!r} beside the rule {type(rule).__name__}, which has no beta.",
            "leave out beta, or the rule",
        )
    given = {"fit": beta, "optimizer": optimizer_beta, "rule": own}
    fix = "give a finite number above zero, S"
    named = {
        place: checked_number(value, f"beta of {place}", fix, above=0.0, error=PhaseError)
        for place, value in given.items()
        if value is not None
    }
    if len(set(named.values())) > 1:
        raise PhaseError(
            f"beta is given twice with different values: {named}.", "give it in one place"
        )
    if rule is not None:
        return rule
    if not named:
        raise PhaseError(
            "No beta is given.",
            "give fit(beta=...), S, or a rule; model.diagnose(x, y).suggested_beta is a start",
        )
    return EquilibriumPropagation(next(iter(named.values())))
