"""The programs of the page on clusters, with stand-ins for the libraries of clusters."""

import concurrent.futures
import json
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.clusters import WAYS, losses_in, programs, table, write
from tests.support.project import ROOT

RECORD = json.loads((ROOT / "benchmarks/results/clusters.json").read_text())


class Pool(ThreadPoolExecutor):
    """An executor of this process, which takes the settings of any other one."""

    def __init__(self, *_: Any, **settings: Any) -> None:
        super().__init__(2)
        self.settings = settings


class Cluster(Pool):
    """What dask-jobqueue's cluster and Dask's client are asked for."""

    asked: dict[str, Any]

    def job_script(self) -> str:
        Cluster.asked = self.settings
        return "the script"

    def scale(self, jobs: int) -> None:
        Cluster.asked["jobs"] = jobs

    def wait_for_workers(self, n_workers: int) -> None:
        assert n_workers == Cluster.asked["jobs"] * Cluster.asked["processes"]

    def get_executor(self) -> Pool:
        return self


class Submitting(Pool):
    """What submitit's executor is asked for."""

    def update_parameters(self, **settings: Any) -> None:
        assert settings["cpus_per_task"] == 1

    def map_array(self, function: Any, arguments: Any) -> list[Any]:
        return [self.submit(function, argument) for argument in arguments]


STAND_INS = {
    "dask.distributed": {"Client": Cluster},
    "dask_jobqueue": {"SLURMCluster": Cluster},
    "submitit": {"AutoExecutor": Submitting},
    "mpi4py.futures": {"MPIPoolExecutor": Pool},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clusters")
    write(made)
    return made


@pytest.mark.parametrize("program", WAYS)
def test_a_program_of_the_page_trains_as_without_an_executor(
    program: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "network", raising=False)
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", Pool)
    for name, content in STAND_INS.items():
        for part in (name.split(".")[0], name):
            monkeypatch.setitem(sys.modules, part, ModuleType(part))
        vars(sys.modules[name]).update(content)
    runpy.run_path(str(folder / program), run_name="__main__")
    found = losses_in(capsys.readouterr().out)
    assert found == pytest.approx(RECORD["without an executor"][: len(found)], rel=1e-6, abs=0)


def test_every_program_was_tried_with_its_library_and_gave_the_same_bits() -> None:
    assert set(programs()) == {"network.py", *WAYS} == {"network.py", *RECORD["programs"]}
    for program, row in RECORD["programs"].items():
        assert row["the same bits"], program
        assert set(row["libraries"]) == set(WAYS[program][1])
    assert table(RECORD) in (ROOT / "docs/clusters.md").read_text()
    assert "#SBATCH -p normal" in RECORD["programs"]["slurm_dask.py"]["job script"]
