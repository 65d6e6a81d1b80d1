"""The page of the zoo says what the committed results say, and results belong to experiments."""

from ebana_core.cli.zoo import RESULTS, read_results
from ebana_core.experiments import Trial
from ebana_core.experiments.page import page
from ebana_core.experiments.results import outcome_of
from ebana_core.zoo import EXPERIMENTS
from tests.support.pages import run
from tests.support.project import ROOT

FOUND = read_results(ROOT / RESULTS)


def test_the_page_is_made_of_the_results() -> None:
    assert (ROOT / "docs" / "zoo.md").read_text() == page(EXPERIMENTS, FOUND)


def test_a_result_is_one_of_an_experiment_as_it_stands_here() -> None:
    experiments = {experiment.name: experiment for experiment in EXPERIMENTS}
    for path in (ROOT / RESULTS).glob("*.json"):
        result = FOUND[path.stem]
        experiment = experiments[result.experiment]
        assert result.hyperparameters == experiment.settings(is_quick=False), path.stem
        assert not result.is_quick
        assert {outcome.seed for outcome in result.outcomes} >= {0, 1, 2}, path.stem
        for figure in experiment.published:
            assert len(result.values(figure.measure)) == len(result.outcomes)


def test_the_page_on_experiments_of_ones_own_runs() -> None:
    names = run("docs/experiments.md")
    line, sweep = (
        outcome_of(Trial(experiment=names[name], is_quick=True)) for name in ("LINE", "SWEEP")
    )
    assert line.measured["mean squared error"] == sweep.measured["mean squared error"]
    assert len(sweep.curves["errors"]) == 2
