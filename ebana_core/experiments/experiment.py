"""The description of an experiment; nothing is built, read or trained before somebody asks."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, final

import attrs

from ebana_core.checking import checked_whole, shown
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.experiments.chart import Chart
from ebana_core.experiments.measures import Findings, Measure, classified
from ebana_core.experiments.published import Published, check_text
from ebana_core.losses import Loss
from ebana_core.mappings import FrozenMapping
from ebana_core.objects import checked_instances, checked_names
from ebana_core.optimizers import Optimizer
from ebana_core.papers import check_bibtex, citation_key
from ebana_core.rules import LearningRule
from ebana_core.validators import instance

if TYPE_CHECKING:
    from ebana_core.model import Model

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
WHOLE = ("epochs", "batch_size", "n_train", "n_test")
"""Hyperparameters that are whole numbers of at least 1."""

Folder = str | PathLike[str] | None
"""Of data sets, as the user named it; None: none was named."""
Split = tuple[DataSet, DataSet]
"""Samples to train with, and samples to test with."""
Settings = Mapping[str, float | int | str]


def _check_function(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    if not callable(value):
        raise ParameterError(f"Experiment has {field.name}={shown(value)}.", "give a function")


def _check_function_or_none(owner: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    if value is not None:
        _check_function(owner, field, value)


def _frozen(given: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"Experiment has settings {shown(given)}.", "give a mapping of names to values"
        )
    return FrozenMapping(given)


def _figures(given: Iterable[Published]) -> tuple[Published, ...]:
    own, fix = "Experiment has published", "give at least one Published figure"
    return checked_instances(given, Published, own, fix, at_least=1)


def _charts(given: Iterable[Chart]) -> tuple[Chart, ...]:
    return checked_instances(given, Chart, "Experiment has charts", "give a list of Charts")


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return checked_names(given, "Experiment has not_found", "give a list of texts")


@final
@attrs.frozen(kw_only=True, eq=False)
class Experiment:
    """An experiment of a paper: how to build it, and what the paper found.

    It holds settings and functions only.

    Args:
        name: First author, year and task: ``"kendall2020.mnist"``.
        paper: The BibTeX entry of the paper, with author, title and year.
        task: What is learned by what circuit, in one sentence.
        data: Where the samples come from, in words: ``"iris (scikit-learn)"``.
        load: Returns samples to train and to test with. It takes the folder of data sets that the
            user named, or None; one that finds no samples raises a `DataError` that says which
            files it wants.
        build: Takes a seed and returns the model; one seed gives one model.
        rule: How gradients are measured.
        loss: What is made small.
        optimizer: Class of what makes the updates.
        optimizer_settings: What the optimizer is given beside the model.
        hyperparameters: Numbers and words by name: ``epochs``, ``batch_size``, where the paper
            takes part of the samples ``n_train`` and ``n_test``, and whatever else `perform` reads.
        quick: Hyperparameters of the smaller form, which takes seconds, in place of these;
            ``n_train`` and ``n_test`` shorten the samples. Empty: it takes seconds as it is.
        measure: Takes the trained model and the test samples, and returns what was measured by
            name: numbers, and curves as lists of numbers.
        perform: Does one seed of it, where it is more than one training and one test: takes a
            `Trial` and returns what `measure` would. None: train, then test.
        published: The figures that the paper states, and where.
        charts: How the curves that it measures are drawn.
        not_found: What the paper leaves open, and what was taken in its place.

    Raises:
        ParameterError: A name of another form, an entry that is not BibTeX, no published figure,
            or a field of another kind.
    """

    name: str
    paper: str
    task: str = attrs.field(validator=check_text)
    data: str = attrs.field(validator=check_text)
    load: Callable[[Folder], Split] = attrs.field(validator=_check_function)
    build: "Callable[[int], Model]" = attrs.field(validator=_check_function)
    rule: LearningRule = attrs.field(validator=instance(LearningRule, "give a rule, not its class"))
    loss: Loss = attrs.field(validator=instance(Loss, "give a loss such as MSE()"))
    optimizer: type[Optimizer]
    optimizer_settings: Mapping[str, Any] = attrs.field(factory=dict, converter=_frozen)
    hyperparameters: Settings = attrs.field(factory=dict, converter=_frozen)
    quick: Settings = attrs.field(factory=dict, converter=_frozen)
    measure: Measure = attrs.field(default=classified, validator=_check_function)
    perform: Callable[[Any], Findings] | None = attrs.field(
        default=None, validator=_check_function_or_none
    )
    published: tuple[Published, ...] = attrs.field(converter=_figures)
    charts: tuple[Chart, ...] = attrs.field(default=(), converter=_charts)
    not_found: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    def __attrs_post_init__(self) -> None:
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)):
            raise ParameterError(
                f"Experiment has name={shown(self.name)}.",
                "write first author, year and task in lower case: kendall2020.mnist",
            )
        if not (isinstance(self.optimizer, type) and issubclass(self.optimizer, Optimizer)):
            raise ParameterError(
                f"Experiment {self.name!r} has optimizer={shown(self.optimizer)}.",
                "give a class of ebana_core.optimizers, such as Adam",
            )
        self._check_optimizer()
        check_bibtex(self.paper, f"Experiment {self.name!r}")
        self._check_settings()

    @property
    def citation_key(self) -> str:
        """The key of the paper's BibTeX entry."""
        return citation_key(self.paper)

    @property
    def papers(self) -> tuple[str, ...]:
        """BibTeX entries of the paper, and of the rule and the loss that it is done with."""
        return (self.paper, *self.rule.papers, *self.loss.papers)

    def settings(self, *, is_quick: bool) -> Settings:
        """Return the hyperparameters of the whole or of the smaller form."""
        return FrozenMapping({**self.hyperparameters, **(self.quick if is_quick else {})})

    def _check_optimizer(self) -> None:
        """Refuse settings that the optimizer does not take beside the model."""
        signature = inspect.signature(self.optimizer)
        try:
            signature.bind(None, **self.optimizer_settings)
        except TypeError as error:
            raise ParameterError(
                f"Experiment {self.name!r} has optimizer_settings="
                f"{shown(dict(self.optimizer_settings))}, and {self.optimizer.__name__}: {error}.",
                f"give some of {[*signature.parameters][1:]}",
            ) from error

    def _check_settings(self) -> None:
        """Refuse numbers that no training takes, and a smaller form of what is not there."""
        own = f"Experiment {self.name!r}"
        missing = [name for name in WHOLE[:2] if name not in self.hyperparameters]
        if self.perform is None and missing:
            raise ParameterError(f"{own} has hyperparameters without {missing}.", "give them")
        known = {*self.hyperparameters, *WHOLE}
        if set(self.quick) - known:
            raise ParameterError(
                f"{own} has quick={shown(sorted(set(self.quick) - known))}, which is not among "
                f"its hyperparameters.",
                f"change some of {sorted(known)}",
            )
        for settings in (self.hyperparameters, self.quick):
            for name, value in settings.items():
                # A result holds them: what no file holds must not be found out after hours.
                if not (isinstance(name, str) and isinstance(value, float | int | str)):
                    raise ParameterError(
                        f"{own} has {shown(name)}={shown(value)} in its settings.",
                        "give plain numbers and words",
                    )
            for name in (name for name in WHOLE if name in settings):
                checked_whole(settings[name], f"{own} has {name}")
