"""``ebana zoo``: published experiments by name, done again."""

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import attrs
import typer

from ebana_core.cli.demo import INTERRUPTED
from ebana_core.cli.tables import output_console, table
from ebana_core.errors import EbanaError, FormatError, StorageError
from ebana_core.experiments import Experiment, Trial
from ebana_core.experiments.page import PICTURES, compared, page, spoken_time
from ebana_core.experiments.results import Result, made_with, outcome_of
from ebana_core.paths import checked_path, checked_target, replacing
from ebana_core.pictures.outcomes import save_charts
from ebana_core.registry import load_registry
from ebana_core.zoo import EXPERIMENTS
from ebana_core.zoo.openml import ASKED, is_asked

LOGGER = logging.getLogger("ebana")
RESULTS = Path("benchmarks/results/zoo")

zoo = typer.Typer(help="Published experiments by name, done again.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name that `ebana zoo list` shows.")]


def named(name: str) -> Experiment:
    """Return an experiment by name.

    Raises:
        UnknownNameError: There is none; names those that are there, and the nearest.
    """
    experiment: Experiment = load_registry().find("ebana_experiments", name)
    return experiment


@zoo.command("list")
def list_experiments() -> None:
    """List the experiments: name, what was published, data."""
    console = output_console()
    listed = table(console, "experiment", "published", "data")
    for name in load_registry().provided["ebana_experiments"]:
        experiment = named(name)
        figures = "\n".join(f"{f.measure} {f.shown(f.value)}" for f in experiment.published)
        listed.add_row(name, figures, experiment.data)
    console.print(listed)


@zoo.command()
def show(name: Name) -> None:
    """Tell what an experiment is: paper, circuit, settings, figures, what the paper leaves open."""
    experiment = named(name)
    print(f"{experiment.name}: {experiment.task}\n\n{experiment.paper}\n")
    print(f"data: {experiment.data}")
    for word, part in (("rule", experiment.rule), ("loss", experiment.loss)):
        print(f"{word}: {part}")
    print(f"optimizer: {experiment.optimizer.__name__} {_spoken(experiment.optimizer_settings)}")
    print(f"settings: {_spoken(experiment.hyperparameters)}")
    print(f"quick form: {_spoken(experiment.quick) or 'the same'}")
    for figure in experiment.published:
        print(f"published: {figure}")
    for chart in experiment.charts:
        print(f"drawn: {chart.caption}")
    for text in experiment.not_found:
        print(f"open in the paper, or otherwise here: {text}")
    try:
        print(f"\n{experiment.build(0).summary()}")
    except EbanaError as error:  # of a plugin that is not installed: all else was told
        print(f"\n{type(error).__name__}: {error}")


def _spoken(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


@zoo.command()
def run(
    name: Name,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0 on.")] = 3,
    data: Annotated[
        Path | None, typer.Option(help="Folder with the files of data sets; openml: download them.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A smaller form, compared with nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="New folder for run files; by default NAME.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run files in the folder.")
    ] = False,
) -> None:
    """Train an experiment into run files; print published beside measured."""
    experiment = named(name)
    if data is not None and not (is_asked(data) or checked_path(data).is_dir()):
        raise StorageError(f"--data {data} is not a folder.", "name the folder with the files")
    folder = out or Path(f"{name}-quick" if quick else name)
    if checked_path(folder).exists() and not resume:
        raise StorageError(
            f"{folder} exists already.", "name a new folder with --out, or go on with --resume"
        )
    trial = Trial(
        experiment=experiment,
        data=data,
        is_quick=quick,
        folder=folder,
        resume=resume,
        verbose=LOGGER.isEnabledFor(logging.INFO),
    )
    try:
        result = performed(trial, range(seeds))
    except KeyboardInterrupt:
        begun = f" Run files in {folder} are whole: --resume goes on." if folder.exists() else ""
        print(f"Interrupted.{begun}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    result.write(folder / f"{name}.json")
    _tell(experiment, result, folder)


def performed(trial: Trial, seeds: Iterable[int]) -> Result:
    """Do an experiment with several seeds; a folder into which nothing came is taken away again.

    Raises:
        DataError: Samples are missing; names the files.
        StorageError: The folder cannot be made.
    """
    experiment, folder = trial.experiment, trial.folder
    assert folder is not None
    is_new = not folder.exists()
    _make(folder)
    outcomes = []
    try:
        for seed in seeds:
            LOGGER.info("%s, seed %d", experiment.name, seed)
            outcomes.append(outcome_of(attrs.evolve(trial, seed=seed)))
    except BaseException:  # ctrl-C, too: an empty folder would refuse the next try
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
        raise
    return Result(
        experiment=experiment.name,
        command=_command(trial, len(outcomes)),
        hyperparameters=trial.settings,
        made_with=made_with(),
        outcomes=tuple(outcomes),
        is_quick=trial.is_quick,
    )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error}.", "name another folder") from error


def _command(trial: Trial, n_seeds: int) -> str:
    """Return what was typed, without the user's own folders."""
    words = ["ebana zoo run", trial.experiment.name, f"--seeds {n_seeds}"]
    if trial.data is not None:
        words.append(f"--data {ASKED if is_asked(trial.data) else 'FOLDER'}")
    return " ".join([*words, *(["--quick"] if trial.is_quick else [])])


def _tell(experiment: Experiment, result: Result, folder: Path) -> None:
    console = output_console()
    shown = table(console, "measure", "published", "mean", "seeds", "")
    for cells in compared(experiment, result):
        shown.add_row(*cells[:-1])
    console.print(shown)
    time = f"{spoken_time(result.seconds)} a seed; " if result.seconds is not None else ""
    print(f"{time}run files and result in {folder}")


@zoo.command()
def plot(
    result: Annotated[Path, typer.Argument(help="NAME.json, as `ebana zoo run` wrote it.")],
    out: Annotated[
        Path | None, typer.Option(help="The picture: .svg, .png or .pdf; by default NAME.svg.")
    ] = None,
) -> None:
    """Draw the curves of a result as its experiment's charts say."""
    found = Result.read(result)
    picture = out or result.with_suffix(".svg")
    save_charts(named(found.experiment), found, picture)
    print(picture)


@zoo.command("table")
def write_table(
    results: Annotated[Path, typer.Option(help="Folder of results, NAME.json.")] = RESULTS,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("docs/zoo.md"),
) -> None:
    """Write the page of the core's experiments, and their pictures, from committed results."""
    found, pictures = read_results(results), checked_target(out).parent / PICTURES
    text = page(EXPERIMENTS, found)
    for experiment in EXPERIMENTS:
        if experiment.charts and experiment.name in found:
            _make(pictures)
            save_charts(experiment, found[experiment.name], pictures / f"{experiment.name}.svg")
    with replacing(out) as partial:
        partial.write_text(text, encoding="utf-8")
    print(out)
    others = sorted(set(found) - {experiment.name for experiment in EXPERIMENTS})
    if others:
        print(f"left out, as the core has no such experiments: {others}", file=sys.stderr)


def read_results(folder: Path) -> dict[str, Result]:
    """Return the results in a folder by the name of their experiment.

    Raises:
        StorageError: There is no such folder.
        FormatError: A file holds no result, or two hold one of the same experiment.
    """
    if not checked_path(folder).is_dir():
        raise StorageError(f"{folder} is not a folder.", "name one with --results")
    found: dict[str, Result] = {}
    places: dict[str, Path] = {}
    for path in sorted(folder.glob("*.json")):
        result = Result.read(path)
        name = result.experiment
        if name in found:
            raise FormatError(
                f"{places[name]} and {path} both hold a result of {name!r}.", "keep one of them"
            )
        found[name], places[name] = result, path
    return found
