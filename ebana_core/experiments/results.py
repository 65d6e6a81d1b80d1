"""What an experiment's seeds gave, and the file that keeps it."""

import json
import math
import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, shown
from ebana_core.errors import FormatError, ParameterError
from ebana_core.experiments.chart import check_drawn
from ebana_core.experiments.experiment import Experiment, Settings
from ebana_core.experiments.measures import Findings
from ebana_core.experiments.published import Published
from ebana_core.experiments.result_file import FORMAT, check_result
from ebana_core.experiments.trial import Trial
from ebana_core.paths import checked_source, replacing


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """What one seed gave.

    Args:
        seed: Which.
        seconds: How long it took, s; None: it went on with what had been begun before.
        measured: Name to number.
        curves: Name to numbers.
    """

    seed: int
    seconds: float | None
    measured: Mapping[str, float]
    curves: Mapping[str, list[float]] = attrs.field(factory=dict)


@final
@attrs.frozen(kw_only=True)
class Result:
    """What the seeds of an experiment gave.

    Args:
        experiment: Its name.
        command: What was typed.
        hyperparameters: With which numbers.
        made_with: Versions, machine and threads.
        outcomes: One per seed.
        is_quick: Whether it was the smaller form, which no published figure is compared with.
    """

    experiment: str
    command: str
    hyperparameters: Settings
    made_with: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    is_quick: bool = False

    def values(self, measure: str) -> list[float]:
        """Return what every seed gave under a name.

        Raises:
            FormatError: Some seed was not measured under it.
        """
        for outcome in self.outcomes:
            if measure not in outcome.measured:
                raise FormatError(
                    f"The result of {self.experiment!r} has {sorted(outcome.measured)} of seed "
                    f"{outcome.seed}, and not {measure!r}.",
                    f"measure it anew: {self.command}",
                )
        return [outcome.measured[measure] for outcome in self.outcomes]

    def curves(self, name: str) -> list[list[float]]:
        """Return the curve of every seed under a name.

        Raises:
            FormatError: Some seed has none.
        """
        for outcome in self.outcomes:
            if name not in outcome.curves:
                raise FormatError(
                    f"The result of {self.experiment!r} has curves {sorted(outcome.curves)} of "
                    f"seed {outcome.seed}, and not {name!r}.",
                    f"measure it anew: {self.command}",
                )
        return [outcome.curves[name] for outcome in self.outcomes]

    def mean(self, measure: str) -> float:
        """Return the mean over the seeds.

        Raises:
            FormatError: Some seed was not measured under this name, or gave no finite number.
        """
        values = self.values(measure)
        for outcome, value in zip(self.outcomes, values, strict=True):
            if not math.isfinite(value):
                raise FormatError(
                    f"The result of {self.experiment!r} has {measure} = {value} of seed "
                    f"{outcome.seed}.",
                    f"measure it anew: {self.command}",
                )
        return float(np.mean(values))

    def verdict(self, published: Published) -> str:
        """Return ``"met"`` or ``"missed"`` by the mean; of the smaller form ``"quick form"``.

        Where single seeds say otherwise, it adds how many of them reach the figure: a mean hides
        a seed that fails, and differences of both signs cancel in it. One seed alone is told,
        too: it says little about others.
        """
        if self.is_quick:
            return "quick form"
        values = self.values(published.measure)
        is_met = published.is_met(self.mean(published.measure))
        n_met = sum(map(published.is_met, values))
        word = "met" if is_met else "missed"
        if len(values) == 1:
            return f"{word} (one seed)"
        is_alike = n_met == (len(values) if is_met else 0)
        return word if is_alike else f"{word} ({n_met} of {len(values)} seeds)"

    @property
    def seconds(self) -> float | None:
        """Mean time of a seed, s; None: some went on with what had been begun before."""
        times = [outcome.seconds for outcome in self.outcomes if outcome.seconds is not None]
        return float(np.mean(times)) if len(times) == len(self.outcomes) else None

    def write(self, path: Path) -> None:
        """Write it as JSON, as a whole or not at all.

        Raises:
            StorageError: It cannot be written.
        """
        plain = {"format": FORMAT, **attrs.asdict(self)}
        plain["hyperparameters"] = dict(self.hyperparameters)
        with replacing(path) as partial:
            partial.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read what `write` wrote.

        Raises:
            StorageError: There is no such file.
            FormatError: It holds something else.
        """
        try:
            # Some editors put a mark before UTF-8, which "utf-8-sig" leaves out.
            plain = json.loads(checked_source(path).read_text(encoding="utf-8-sig"))
            check_result(plain)
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"{path} holds no result of an experiment: {error}.",
                "write it with ebana zoo run",
            ) from error
        outcomes = tuple(Outcome(**outcome) for outcome in plain.pop("outcomes"))
        del plain["format"]
        return cls(outcomes=outcomes, **plain)


def outcome_of(trial: Trial) -> Outcome:
    """Perform one seed.

    Raises:
        ParameterError: What was measured is no number, or lacks a figure that was published.
    """
    started = time.perf_counter()
    found = trial.performed()
    seconds = time.perf_counter() - started
    numbers = {name: item.tolist() for name, item in _numbers(trial.experiment, found).items()}
    measured = {name: item for name, item in numbers.items() if not isinstance(item, list)}
    curves = {name: item for name, item in numbers.items() if isinstance(item, list)}
    _check(trial.experiment, found, measured)
    check_drawn(trial.experiment.name, trial.experiment.charts, measured, curves)
    return Outcome(
        seed=trial.seed,
        seconds=None if trial.resume else seconds,
        measured=measured,
        curves=curves,
    )


def _numbers(experiment: Experiment, found: Any) -> dict[str, Array]:
    """Return what was measured as arrays without axes, and of one axis.

    Raises:
        ParameterError: It is no mapping, or holds something else.
    """
    own = f"Experiment {experiment.name!r} measured"
    if not isinstance(found, Mapping):
        raise ParameterError(f"{own} {shown(found)}.", "return a mapping of names to numbers")
    fix = "return numbers, and curves as lists of numbers"
    arrays = {
        name: checked_numbers(item, f"{own} {name}", fix, error=ParameterError)
        for name, item in found.items()
    }
    for name, array in arrays.items():
        if array.ndim > 1:
            raise ParameterError(f"{own} {name} of shape {array.shape}.", fix)
    return arrays


def made_with() -> dict[str, Any]:
    """Return the versions, the machine and the number of threads that figures depend on."""
    return {
        "versions": {"ebana": version("ebana-core"), "numpy": np.__version__},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }


def _check(experiment: Experiment, found: Findings, measured: Mapping[str, float]) -> None:
    wanted = {figure.measure for figure in experiment.published}
    if wanted - set(measured):
        raise ParameterError(
            f"Experiment {experiment.name!r} publishes {sorted(wanted - set(measured))} and "
            f"measures {sorted(found)}.",
            "return a number of that name from `measure` or `perform`",
        )
    for name in sorted(wanted):
        if not math.isfinite(measured[name]):
            raise ParameterError(
                f"Experiment {experiment.name!r} measured {name} = {measured[name]}.",
                "train it with other settings, or look at its run files",
            )
