"""The page of the zoo says what the committed results say, and results belong to experiments."""

from ebana_core.cli.zoo import RESULTS, read_results
from ebana_core.experiments import Trial
from ebana_core.experiments.page import PICTURES, page
from ebana_core.experiments.results import outcome_of
from ebana_core.pictures.outcomes import drawn_from
from ebana_core.zoo import EXPERIMENTS
from tests.support.pages import run
from tests.support.project import ROOT

FOUND = read_results(ROOT / RESULTS)
ONE_SEED = {"scellier2024.drn_2h", "scellier2024.drn_3h"}
"""Results of seed 0 alone, which take an hour or two; their verdict on the page says so."""


def test_the_page_is_made_of_the_results() -> None:
    assert (ROOT / "docs" / "zoo.md").read_text() == page(EXPERIMENTS, FOUND)


def test_a_result_is_one_of_an_experiment_as_it_stands_here() -> None:
    experiments = {experiment.name: experiment for experiment in EXPERIMENTS}
    for path in (ROOT / RESULTS).glob("*.json"):
        result = FOUND[path.stem]
        experiment = experiments[result.experiment]
        assert result.hyperparameters == experiment.settings(is_quick=False), path.stem
        assert not result.is_quick
        seeds = {outcome.seed for outcome in result.outcomes}
        is_alone = result.experiment in ONE_SEED
        assert seeds == {0} if is_alone else seeds >= {0, 1, 2}, path.stem
        for figure in experiment.published:
            assert len(result.values(figure.measure)) == len(result.outcomes)


def test_pictures_are_drawn_from_the_results_as_they_stand_here() -> None:
    drawn = {
        f"{experiment.name}.svg": drawn_from(experiment, FOUND[experiment.name])
        for experiment in EXPERIMENTS
        if experiment.charts and experiment.name in FOUND
    }
    folder = ROOT / "docs" / PICTURES
    assert {path.name for path in folder.iterdir()} == set(drawn)
    old = [name for name, mark in drawn.items() if mark not in (folder / name).read_text()]
    assert not old, "draw them with `ebana zoo table`"


def test_the_page_on_experiments_of_ones_own_runs() -> None:
    names = run("docs/experiments.md")
    line, sweep = (
        outcome_of(Trial(experiment=names[name], is_quick=True)) for name in ("LINE", "DRAWN")
    )
    assert line.measured["mean squared error"] == sweep.measured["mean squared error"]
    assert len(sweep.curves["errors"]) == 2
