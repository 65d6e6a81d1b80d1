"""Experiments: what a paper did and found, written down so that a program can do it again."""

import re
from collections.abc import Callable, Mapping
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import attrs

from ebana_core.checking import checked_number, shown
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.losses import Loss
from ebana_core.optimizers import Optimizer
from ebana_core.rules import LearningRule
from ebana_core.validators import instance

if TYPE_CHECKING:
    from ebana_core.model import Model

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_BIBTEX = re.compile(r"\s*@\w+\s*\{\s*([^\s,{}]+)\s*,.*\}\s*", re.DOTALL)
BIBTEX_FIELDS = ("author", "title", "year")
"""What the BibTeX entry of a paper says at least."""

Split = tuple[DataSet, DataSet]
"""Samples to train with, and samples to test with."""


def _check_text(owner: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    if not (isinstance(value, str) and value.strip()):
        raise ParameterError(
            f"{type(owner).__name__} has {field.name}={shown(value)}.", "say it in words"
        )


def _check_function(_: object, field: "attrs.Attribute[Any]", value: Any) -> None:
    if not callable(value):
        raise ParameterError(f"Experiment has {field.name}={shown(value)}.", "give a function")


def _read_only(
    given: Mapping[str, float | int | str],
) -> Mapping[str, float | int | str]:
    return MappingProxyType(dict(given))


@final
@attrs.frozen(kw_only=True)
class Published:
    """One figure that a paper states.

    Args:
        measure: What was measured, in words: ``"test error"``.
        value: The number.
        unit: Of the number: ``"%"``, ``"V²"``; ``"1"`` for a pure number.
        where: The place in the paper: ``"table 1"``, ``"section 4.2"``.
        higher_is_better: Whether a larger number is a better result.

    Raises:
        ParameterError: An empty text, or a value that is not a finite number.
    """

    measure: str = attrs.field(validator=_check_text)
    value: float
    unit: str = attrs.field(validator=_check_text)
    where: str = attrs.field(validator=_check_text)
    higher_is_better: bool = False

    def __attrs_post_init__(self) -> None:
        number = checked_number(self.value, "Published has value", "give the number of the paper")
        object.__setattr__(self, "value", number)

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.measure} {self.value:g}{unit} ({self.where})"


@final
@attrs.frozen(kw_only=True, eq=False)
class Experiment:
    """An experiment of a paper: how to build it, and what the paper found.

    It holds settings and functions only. Nothing is built, read or trained before somebody asks.

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
        hyperparameters: Further numbers and words by name, such as ``epochs``, ``batch_size``,
            and what the optimizer is given.
        published: The figures that the paper states, and where.
        not_found: What the paper leaves open, and what was taken in its place.

    Raises:
        ParameterError: A name of another form, an entry that is not BibTeX, no published figure,
            or a field of another kind.
    """

    name: str
    paper: str
    task: str = attrs.field(validator=_check_text)
    data: str = attrs.field(validator=_check_text)
    load: Callable[[str | PathLike[str] | None], Split] = attrs.field(validator=_check_function)
    build: "Callable[[int], Model]" = attrs.field(validator=_check_function)
    rule: LearningRule = attrs.field(validator=instance(LearningRule, "give a rule, not its class"))
    loss: Loss = attrs.field(validator=instance(Loss, "give a loss such as MSE()"))
    optimizer: type[Optimizer]
    hyperparameters: Mapping[str, float | int | str] = attrs.field(
        factory=dict, converter=_read_only
    )
    published: tuple[Published, ...] = attrs.field(converter=tuple)
    not_found: tuple[str, ...] = attrs.field(default=(), converter=tuple)

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
        wrong = [item for item in self.published if not isinstance(item, Published)]
        if wrong or not self.published:
            raise ParameterError(
                f"Experiment {self.name!r} has published={shown(self.published)}.",
                "give at least one Published figure",
            )
        check_bibtex(self.paper, f"Experiment {self.name!r}")

    @property
    def citation_key(self) -> str:
        """The key of the paper's BibTeX entry."""
        found = _BIBTEX.fullmatch(self.paper)
        assert found is not None  # checked when the experiment was made
        return found.group(1)


def check_bibtex(entry: object, owner: str) -> None:
    """Refuse a text other than one BibTeX entry with author, title and year.

    Raises:
        ParameterError: Names the owner and what is missing.
    """
    if not (isinstance(entry, str) and _BIBTEX.fullmatch(entry)):
        raise ParameterError(
            f"{owner} has paper={shown(entry)}, which is not a BibTeX entry.",
            "write @article{key, author = {...}, title = {...}, year = {...}}",
        )
    missing = [name for name in BIBTEX_FIELDS if not re.search(rf"\b{name}\s*=", entry)]
    if missing:
        raise ParameterError(
            f"The BibTeX entry of {owner} has no {' and no '.join(missing)}.", "add it"
        )
