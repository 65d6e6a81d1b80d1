"""Compiled code finds what NumPy finds, and leaves to it what it cannot solve."""

import subprocess
import sys

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.backends import NativeBackend
from ebana_core.errors import ConvergenceError
from tests.support.ideal_diodes import CASES, clamped_model, samples
from tests.support.networks import layered_model
from tests.support.project import ROOT
from tests.support.random_networks import build

COMPILED, NUMPY = NativeBackend(method="compiled"), NativeBackend(method="dense_schur")


def behavioral_network(seed: int) -> dict[str, object]:
    """Return the settings of a random network of behavioural diodes, up to two at a node."""
    rng = np.random.default_rng(seed)

    def diode() -> dict[str, object]:
        param = {"VTH": float(rng.uniform(0.05, 0.6)), "RON": float(rng.uniform(1, 1e4))}
        return {
            "direction": str(rng.choice(["up", "down"])),
            "bias_voltage": float(rng.uniform(-0.6, 0.6)),
            "kind_and_param": ("behavioral", param),
        }

    hidden = [
        {
            "units": int(rng.integers(1, 13)),
            "diodes": [diode() for _ in range(rng.integers(0, 3))],
            "gain": None if rng.uniform() < 0.5 else float(rng.choice([-1, 1]) * 2.5),
            "shift": 0.1,
        }
        for _ in range(rng.integers(0, 4))
    ]
    return {"units": 5, "hidden": hidden, "outputs": 2, "fold": bool(seed % 2), "seed": seed}


def is_compiled(model: Model) -> bool:
    return NativeBackend(compiled=True).explain(model).method == "compiled"


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_agree(seed: int) -> None:
    model, inputs, nudge = build(behavioral_network(seed))
    assert is_compiled(model)
    for currents in (None, nudge):
        ours = model.operating_points(inputs, COMPILED, nudge=currents)
        reference = model.operating_points(inputs, NUMPY, nudge=currents)
        assert ours.residual <= max(1e-12, 1.1 * reference.residual)
        assert ours.voltages == pytest.approx(reference.voltages, rel=1e-11, abs=1e-12)
        if currents is not None:
            assert ours.change == pytest.approx(reference.change, rel=1e-9, abs=1e-18)


@pytest.mark.parametrize("case", CASES[:-1], ids=str)
def test_ideal_diodes_agree(case: dict[str, object]) -> None:
    model = clamped_model(**case, seed=3)  # type: ignore[arg-type] # a dictionary of settings
    assert is_compiled(model)
    inputs = samples(model, 1)
    nudge = {"y": np.full((6, model.network.shapes["y"][0]), 1e-8)}
    ours = model.operating_points(inputs, COMPILED, nudge=nudge)
    reference = model.operating_points(inputs, NUMPY, nudge=nudge)
    assert ours.voltages == pytest.approx(reference.voltages, rel=1e-11, abs=1e-12)
    assert ours.change == pytest.approx(reference.change, rel=1e-9, abs=1e-18)


def test_a_sample_has_the_same_bits_in_every_batch() -> None:
    model = layered_model((4, 6, 4), (4.0,), seed=1)
    x = np.random.default_rng(0).uniform(-1, 1, (20, 4))
    whole = model.operating_points({"x": x}, COMPILED).voltages
    for sample in range(20):
        alone = model.operating_points({"x": x[sample : sample + 1]}, COMPILED).voltages
        assert alone[0] == pytest.approx(whole[sample], rel=1e-14, abs=1e-15)


def test_too_few_iterations_are_told() -> None:
    model = layered_model((4, 6, 4), (4.0,), seed=1)
    backend = NativeBackend(max_iterations=1, method="compiled")
    with pytest.raises(ConvergenceError, match="free phase"):
        model.operating_points({"x": np.full((3, 4), 3.0)}, backend)


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np
from ebana_core.backends import NativeBackend
from ebana_core.errors import MissingLibraryError
from tests.support.networks import layered_model
model = layered_model((4, 6, 4), (4.0,), seed=1)
try:
    model.operating_points({"x": np.zeros((1, 4))}, NativeBackend(method="compiled"))
except MissingLibraryError as error:
    print(error)
"""


def test_compiled_code_without_numba_says_what_to_install() -> None:
    # In a process of its own, where no other test has loaded or kept anything.
    command = [sys.executable, "-c", WITHOUT_NUMBA]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    problem, fix = done.stdout.splitlines()
    assert "numba, which is not installed" in problem
    assert "ebana-core[numba]" in fix
