"""A plugin from outside the repository: written, pip-installed, trained, stored, uninstalled."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from ebana_core.backends.ngspice.finder import PATH_VARIABLE, installed_library
from ebana_core.cli.new_plugin import write_plugin
from ebana_core.errors import NameClashError, StorageError
from tests.packaging.sources import ROOT, copied

RUFF = Path(sys.executable).parent / "ruff"

TRAIN = """
import numpy as np
from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_tunnel_junction import TunnelJunctionLayer

x = InputVoltageLayer(units=2, name="x")
init = RandomUniform(1e-6, 1e-5)
d = DenseLayer(units=2, name="d", initializer=init, lr=1e-9, trainable=True)(x)
act = TunnelJunctionLayer(name="act", trainable=True, lr=1e-9)(d)
model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(act)], seed=0)
samples = np.random.default_rng(0).uniform(-0.5, 0.5, (8, 2))
data = DataSet({"x": samples}, {"y": samples[:, :1] / 20})
model.fit(BatchGenerator(data, batch_size=4), losses.MSE(0.0), optimizers.SGD(model), epochs=3,
          beta=1e-7, run="run.h5")
again = Model.load("run.h5")
assert np.array_equal(again.parameters["act.G"], model.parameters["act.G"])
assert again.evaluate(data, losses.MSE()).loss == model.evaluate(data, losses.MSE()).loss
"""

OPEN = """
from ebana_core import Model, Run
from ebana_core.errors import UnknownDeviceError
with Run.open("run.h5") as run:
    assert run.n_epochs == 3
try:
    Model.load("run.h5")
except UnknownDeviceError as error:
    print(error)
"""


class Environment:
    """A fresh virtual environment, and a folder to work in."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        venv.create(folder / "fresh", with_pip=True)
        self.bin = folder / "fresh" / "bin"
        # libngspice may lie beside the packages of the environment that runs the tests.
        self.variables = {**os.environ, PATH_VARIABLE: installed_library()}

    def __call__(self, *command: str) -> str:
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.work,
            env=self.variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.mark.ngspice
def test_a_plugin_lives_and_dies_in_a_fresh_environment(tmp_path: Path) -> None:
    run = Environment(tmp_path)
    run("pip", "install", "-q", str(copied(".", tmp_path / "source")))
    assert "ebana-tunnel-junction" in run("ebana", "new-plugin", "ebana-tunnel-junction")
    run("pip", "install", "-q", "./ebana-tunnel-junction[test]")
    listed = [line.split() for line in run("ebana", "devices").splitlines()]
    assert ["tunnel_junction", "ebana-tunnel-junction", "0.1.0"] in listed
    assert " passed" in run("pytest", "-q", "ebana-tunnel-junction")
    run("python", "-c", TRAIN)
    run("pip", "uninstall", "-q", "-y", "ebana-tunnel-junction")
    said = run("python", "-c", OPEN)
    assert "'tunnel_junction' is not installed" in said
    assert "pip install ebana-tunnel-junction==0.1.0" in said


def test_the_project_is_formatted_as_this_one(tmp_path: Path) -> None:
    project = write_plugin("ebana-some-device", tmp_path)
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--check"], ["check", "--ignore", "N806,D103"]):
        done = subprocess.run([RUFF, *command, *settings, project], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["Tunnel", "a--b", "-x", "ebana", "x/../y", "a_b", "", "ebana-1x"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameClashError, match="The plugin is named"):
        write_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_device_that_there_is_and_a_folder_that_there_is_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NameClashError, match="'dense' of 'ebana-dense' is provided by"):
        write_plugin("ebana-dense", tmp_path)
    write_plugin("ebana-pear", tmp_path)
    with pytest.raises(StorageError, match="exists already"):
        write_plugin("ebana-pear", tmp_path)
    with pytest.raises(StorageError, match="cannot be written"):
        write_plugin("ebana-plum", tmp_path / "none")
