"""Conformance of an experiment: its parts belong together, before anything long is run.

A plugin's whole test file::

    class TestMyExperiment(ExperimentConformance):
        @pytest.fixture
        def experiment(self):
            return EXPERIMENT
"""

import numpy as np
import pytest

from ebana_core.data import DataSet
from ebana_core.errors import DataError, MissingLibraryError
from ebana_core.experiments import Experiment, Folder, Trial
from ebana_core.experiments.results import outcome_of
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.registry import load_registry


class ExperimentConformance:
    """Checks of one experiment; override `experiment`, and `data` where it reads files."""

    @pytest.fixture
    def experiment(self) -> Experiment:
        """Return the experiment to examine."""
        pytest.fail("override the fixture `experiment`: return the experiment to examine")

    @pytest.fixture
    def data(self) -> Folder:
        """Return the folder of its data set; None: it needs none, or it is not at hand."""
        return None

    def test_a_seed_gives_one_network(self, experiment: Experiment) -> None:
        """Who repeats it starts from the same values."""
        check_seeds(experiment)

    def test_its_parts_belong_together(self, experiment: Experiment, data: Folder) -> None:
        """Rule, optimizer and data fit the network."""
        check_parts(experiment, data)

    def test_its_smaller_form_measures_what_the_paper_states(
        self, experiment: Experiment, data: Folder
    ) -> None:
        """Under the names of the published figures; nothing is recorded."""
        check_quick(experiment, data)

    def test_ebana_finds_it_by_name(self, experiment: Experiment) -> None:
        """Through the hook, as everybody does."""
        found = load_registry().find("ebana_experiments", experiment.name)
        assert found is experiment, f"{experiment.name!r} is another experiment"


def check_seeds(experiment: Experiment) -> None:
    """`build` gives the same values for one seed, and hands the seed to the model.

    Raises:
        AssertionError: Names the parameter.
    """
    models = [Trial(experiment=experiment, seed=seed).model() for seed in (0, 0, 1)]
    first, again, other = (model.parameters.snapshot() for model in models)
    for name, values in first.items():
        assert np.array_equal(values, again[name]), (
            f"{name} differs between two networks of seed 0; give the seed to Model"
        )
    is_same = all(np.array_equal(values, other[name]) for name, values in first.items())
    # Values may begin where the paper says; what else is drawn follows from the model's seed.
    assert models[0].seed != models[2].seed or not is_same, (
        "seeds 0 and 1 give the same network; give the seed to Model"
    )


def check_parts(experiment: Experiment, data: Folder = None) -> None:
    """Rule and optimizer take the network, and data that is at hand fits it.

    Raises:
        AssertionError: `load` gives other samples when it is called again.
        EbanaError: A part does not fit; says which and why.
    """
    trial = Trial(experiment=experiment, data=data)
    model = trial.model()
    experiment.rule.check(model.network.compiled, model.parameters.snapshot())
    experiment.optimizer(model, **experiment.optimizer_settings)
    if not has_samples(experiment, data):
        return
    found, again = trial.split(), trial.split()
    losses = checked_losses(model.network, experiment.loss)
    for samples in found:
        checked_samples(model.network, samples, losses)
    assert all(map(_are_same, found, again)), (
        "load gives other samples when it is called again; draw them from a seed of their own"
    )


def _are_same(one: DataSet, other: DataSet) -> bool:
    """Tell whether two data sets hold the same samples."""
    pairs = ((one.inputs, other.inputs), (one.outputs or {}, other.outputs or {}))
    return all(
        set(mine) == set(theirs)
        and all(np.array_equal(array, theirs[name]) for name, array in mine.items())
        for mine, theirs in pairs
    )


def check_quick(experiment: Experiment, data: Folder = None) -> None:
    """The smaller form runs, where its samples are at hand.

    Raises:
        EbanaError: It cannot be trained, or does not measure a figure that is published.
    """
    if has_samples(experiment, data):
        outcome_of(Trial(experiment=experiment, data=data, is_quick=True))


def has_samples(experiment: Experiment, data: Folder) -> bool:
    """Tell whether the samples are at hand, of which folder and package may be missing."""
    try:
        experiment.load(data)
    except (DataError, MissingLibraryError):
        return False
    return True
