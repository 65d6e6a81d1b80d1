"""Every experiment of the core passes the conformance kit, which trains its smaller form."""

import sys
from pathlib import Path

import pytest

from ebana_core.errors import MissingLibraryError
from ebana_core.testing import ExperimentConformance
from ebana_core.zoo import EXPERIMENTS
from tests.support.images import write_all_images


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_all_images(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
class TestEveryExperiment(ExperimentConformance):
    """Its network, its data, its rule on them, and its smaller form."""

    @pytest.fixture
    def data(self, folder: Path) -> Path:
        return folder


def test_samples_of_scikit_learn_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    needing = [experiment for experiment in EXPERIMENTS if "scikit-learn" in experiment.data]
    assert len(needing) == 8
    for experiment in needing:
        with pytest.raises(MissingLibraryError, match="pip install scikit-learn"):
            experiment.load(None)


def test_no_two_experiments_have_one_name() -> None:
    names = [experiment.name for experiment in EXPERIMENTS]
    assert len(set(names)) == len(names)


def test_a_paper_has_one_entry_and_an_entry_one_paper() -> None:
    entries: dict[str, str] = {}
    for experiment in EXPERIMENTS:
        assert entries.setdefault(experiment.citation_key, experiment.paper) == experiment.paper
    assert len(set(entries.values())) == len(entries)
