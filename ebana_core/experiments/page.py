"""The page of the zoo: what was published, and what was measured of it, in Markdown."""

from collections.abc import Iterable, Mapping

from ebana_core.errors import FormatError
from ebana_core.experiments.experiment import Experiment
from ebana_core.experiments.published import Published
from ebana_core.experiments.results import Result
from ebana_core.papers import entry_field

HEAD = """# The zoo: published experiments by name

```bash
ebana zoo list                          # the names
ebana zoo show kendall2020.mnist        # paper, circuit, settings, what the paper leaves open
ebana zoo run kendall2020.mnist --data FOLDER --seeds 3
ebana zoo run watfa2022.xor --quick     # a smaller form, compared with nothing
ebana zoo plot stern2021.allostery/stern2021.allostery.json   # the curves of a result
```

Each row is a figure that a paper states, and what was measured when its experiment was done again
on simulated circuits. `ebana zoo run NAME` trains it with seeds 0, 1, 2 into run files and prints
the same. A figure is *met* where the mean over the seeds is at least as good as the published one,
or within the range (±) that stands beside it. Where a paper states no number, as in "greatly", the
number is ours, and so are all ranges: what is open in a paper stands with its experiment below.
Where single seeds say otherwise than their mean, the table tells how many reach the figure, and
where there was one seed, it tells that. What was missed stands as missed, and what was not run yet
stands so. Times are of the clock, on machines of two cores on which other programs ran: they say
how long at most. What experiments measured as curves is drawn, one line per seed.

`FOLDER` holds the files of a data set, and an experiment without its data says which it wants.
Nothing is downloaded, unless `--data openml` asks for it. This page is written by `ebana zoo table`
from `benchmarks/results/zoo/`. How to add an experiment:
[experiments of your own](experiments.md).

## Published and measured
"""

PICTURES = "images/zoo"
"""Folder of the pictures, as the page names it."""
COLUMNS = ("experiment", "measure", "published", "mean", "each seed", "", "time of a seed")


def page(experiments: Iterable[Experiment], results: Mapping[str, Result]) -> str:
    """Return the page.

    Args:
        experiments: In their order.
        results: Name of an experiment to what was measured.

    Raises:
        FormatError: A result has other settings than its experiment, which stand beside it.
    """
    chosen = list(experiments)
    for experiment in chosen:
        if experiment.name in results:
            _check_settings(experiment, results[experiment.name])
    lines = [HEAD, _row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for experiment in chosen:
        lines += _rows(experiment, results.get(experiment.name))
    lines += ["", "## The experiments"]
    for experiment in chosen:
        lines += ["", *_section(experiment, results.get(experiment.name))]
    return "\n".join(lines) + "\n"


def _check_settings(experiment: Experiment, result: Result) -> None:
    mine, theirs = experiment.settings(is_quick=result.is_quick), result.hyperparameters
    for name in dict.fromkeys([*mine, *theirs]):
        if mine.get(name) != theirs.get(name):
            raise FormatError(
                f"The result of {experiment.name!r} was measured with {name} {theirs.get(name)}, "
                f"and the experiment has {name} {mine.get(name)}.",
                f"measure it anew: {result.command}",
            )


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rows(experiment: Experiment, result: Result | None) -> list[str]:
    name = f"[`{experiment.name}`](#{anchor(experiment.name)})"
    return [_row([name, *cells]) for cells in compared(experiment, result)]


def compared(experiment: Experiment, result: Result | None) -> list[list[str]]:
    """Return a row per published figure: measure, published, mean, seeds, verdict, time."""
    return [_compared(figure, result) for figure in experiment.published]


def _compared(figure: Published, result: Result | None) -> list[str]:
    published = f"{figure.wanted} ({figure.where})"
    if result is None:
        return [figure.measure, published, "", "", "not run yet", ""]
    seeds = ", ".join(f"{value:.4g}" for value in result.values(figure.measure))
    mean = figure.shown(result.mean(figure.measure))
    verdict = result.verdict(figure)
    return [figure.measure, published, mean, seeds, verdict, spoken_time(result.seconds)]


def spoken_time(seconds: float | None) -> str:
    """Return a time in the unit that reads best; of what went on after a break: nothing."""
    if seconds is None:
        return ""
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _section(experiment: Experiment, result: Result | None) -> list[str]:
    title, year = (entry_field(experiment.paper, name) for name in ("title", "year"))
    author = entry_field(experiment.paper, "author")
    lines = [
        f"### {experiment.name}",
        "",
        f"{experiment.task}",
        "",
        f"- Paper: {author}: *{title}*, {year}.",
        f"- Data: {experiment.data}.",
        f"- Learned by {experiment.rule}, loss {experiment.loss}, "
        f"{experiment.optimizer.__name__}{_spoken(experiment.optimizer_settings)}, "
        f"with {_listed(experiment.hyperparameters)}.",
    ]
    lines += [f"- Open in the paper, or otherwise here: {text}." for text in experiment.not_found]
    if result is not None:
        lines.append(f"- Measured by `{result.command}`, {_spoken_origin(result)}.")
        if experiment.charts:
            captions = " ".join(chart.caption for chart in experiment.charts)
            lines += ["", f"![{captions}]({PICTURES}/{experiment.name}.svg)", "", f"*{captions}*"]
    return lines


def _spoken(settings: Mapping[str, object]) -> str:
    return f" ({_listed(settings)})" if settings else ""


def _listed(settings: Mapping[str, object]) -> str:
    found = ", ".join(f"{name} {value}" for name, value in settings.items())
    return found or "no further numbers"


def _spoken_origin(result: Result) -> str:
    versions = ", ".join(f"{name} {text}" for name, text in result.made_with["versions"].items())
    threads = result.made_with["threads"]
    return f"{versions}, {threads} thread{'' if threads == '1' else 's'}"


def anchor(title: str) -> str:
    """Return the name by which a page links to one of its headings."""
    return "".join(sign for sign in title.lower() if sign.isalnum() or sign in "_- ").replace(
        " ", "-"
    )
