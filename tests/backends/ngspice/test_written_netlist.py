"""A written netlist stands alone: ngspice solves it to the voltages of the model."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from ebana_core.backends.ngspice.library import open_library
from tests.support.networks import recorded_data, recorded_model

pytestmark = pytest.mark.ngspice


def test_ngspice_solves_the_file_as_it_stands(tmp_path: Path) -> None:
    model, data = recorded_model(), recorded_data()
    path = tmp_path / "network.cir"
    sample = {name: values[0] for name, values in data.inputs.items()}
    model.write_netlist(path, inputs=sample, nudge={"iris": [1e-9, 0.0, -1e-9]})
    points = model.operating_points(
        {name: values[:1] for name, values in data.inputs.items()},
        nudge={"iris": [[1e-9, 0.0, -1e-9]]},
    )
    library = open_library()
    with library.lock:
        library.load(path.read_text().splitlines())
        library.command("run")
        plot = library.current_plot()
        found = [library.vector(plot, f"d_out__{k}")[-1] for k in range(6)]
        library.unload()
    assert np.array(found) == pytest.approx(points.at("d_out")[0], abs=1e-9)


@pytest.mark.program
def test_the_program_ngspice_runs_it(tmp_path: Path) -> None:
    model, data = recorded_model(), recorded_data()
    path = tmp_path / "network.cir"
    model.write_netlist(path, inputs={name: values[0] for name, values in data.inputs.items()})
    done = subprocess.run(
        ["ngspice", "-b", str(path)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert "d_out__5" in done.stdout
    assert "rror" not in done.stdout + done.stderr
