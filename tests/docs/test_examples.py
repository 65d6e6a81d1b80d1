"""The examples run as they stand and learn."""

import io
import re
import runpy
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ebana_core import Run
from tests.support.project import ROOT

EXAMPLES = ROOT / "examples"


def run(name: str, *arguments: str) -> str:
    """Run an example in this process, where libraries are loaded already; return what it says."""
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), redirect_stdout(shown):
        warnings.simplefilter("error")
        # Where pip did not compile PySpice 1.5, Python warns of the `\s` in its plain strings.
        warnings.filterwarnings("ignore", message="invalid escape sequence")
        patch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return shown.getvalue()


def test_xor_is_learned() -> None:
    shown = run("xor.py")
    assert "accuracy 100.00%" in shown
    assert "[1, -1] V -> 1.0" in shown


def test_gates_are_learned() -> None:
    assert run("digital_gates.py").splitlines()[-4:] == [
        "[-1, -1] V -> OR 0, AND 0, XOR 0",
        "[-1, 1] V -> OR 1, AND 0, XOR 1",
        "[1, -1] V -> OR 1, AND 0, XOR 1",
        "[1, 1] V -> OR 1, AND 1, XOR 0",
    ]


def test_iris_are_learned_and_the_test_accuracy_is_told() -> None:
    found = re.search(r"45 test flowers: loss .*accuracy (\S+)%", run("iris.py"))
    assert found is not None
    assert float(found[1]) >= 93, "at most three of 45 wrong"


def test_a_network_of_resistors_learns_a_linear_map() -> None:
    shown = run("resistor_network.py", "--epochs", "100")
    found = re.search(r"loss (\S+) V² before, (\S+) V² after", shown)
    assert found is not None
    assert float(found[2]) < 0.1 * float(found[1]), "a third of the epochs leaves a twentieth"


def test_every_rule_learns_the_irises() -> None:
    rows = run("learning_rules.py", "--epochs", "15").splitlines()[1:]
    accuracies = {row[:32].strip(): float(row.split()[-1].rstrip("%")) for row in rows}
    assert len(accuracies) == 8
    assert min(accuracies.values()) >= 90, accuracies


def test_a_search_leaves_a_run_file_per_trial(tmp_path: Path) -> None:
    shown = run("search.py", "--trials", "2", "--epochs", "3", "--runs", str(tmp_path / "runs"))
    assert "best of 2: trial_00" in shown
    for path in sorted((tmp_path / "runs").iterdir()):
        with Run.open(path) as opened:
            assert opened.n_epochs == 3


def test_a_convolution_learns_digits() -> None:
    shown = run("conv_mnist.py", "--epochs", "2")
    found = re.search(r"288 values, 360 test images: (\S+)% right", shown)
    assert found is not None
    # After 15 epochs 98 %, after two a little less; chance would be 10 %.
    assert float(found[1]) >= 90


def test_memristors_with_faults_learn_the_irises() -> None:
    shown = run("memristor_iris.py", "--epochs", "20")
    ideal, real = (float(share) for share in re.findall(r"accuracy (\S+)%", shown))
    assert ideal >= 90
    assert real >= 90
    found = re.search(r"took (\S+) pulses up and (\S+) down, (\S+) J", shown)
    assert found is not None
    assert all(float(number.replace(",", "")) > 0 for number in found.groups())


def test_digits_are_learned_on_a_chip_with_mismatch_and_noise() -> None:
    shown = run("digits_on_a_chip.py", "--epochs", "1")
    before, after, *others = (float(share) for share in re.findall(r"accuracy (\S+)%", shown))
    assert before < 25, "of ten digits, a tenth is right by chance"
    assert min(after, others[0]) >= 70, "one epoch"


@pytest.mark.ngspice
def test_a_block_of_ones_own_learns_xor() -> None:
    shown = run("own_block.py")
    assert "native and ngspice agree" in shown
    assert "accuracy 100.00%" in shown
    corners, slopes = (re.findall(r"-?\d+\.\d+", row) for row in shown.splitlines()[-2:])
    assert len(set(corners)) > 1, "all corners stayed together"
    assert len(set(slopes)) > 1, "all slopes stayed together"


def test_a_scaled_circuit_learns_in_a_narrow_resistance_range() -> None:
    shown = run("resistance_range.py", "--seeds", "1", "--epochs", "20")
    rows = [row.split() for row in shown.splitlines()[1:]]
    assert [row[0] for row in rows] == ["2.0", "2.0", "1.0", "1.0", "0.3", "0.3"]
    fixed, scaled = (np.array([float(row[k].rstrip("%")) for row in rows]) for k in (-2, -1))
    assert scaled.min() >= 80
    assert (fixed[-2:] < scaled[-2:]).all(), "an unscaled circuit loses at 0.3 decades"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of IDX files: scikit-learn's digits, enlarged to 28 x 28 pixels."""
    folder, digits = tmp_path_factory.mktemp("idx"), load_digits()
    enlarged = np.pad(np.kron(digits.images * 15, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
    for part, rows in (("train", slice(0, 1500)), ("t10k", slice(1500, None))):
        for kind, array in (("images-idx3", enlarged), ("labels-idx1", digits.target)):
            data = array[rows].astype(np.uint8)
            magic = 0x800 + data.ndim
            header = np.array([magic, *data.shape], dtype=">u4").tobytes()
            (folder / f"{part}-{kind}-ubyte").write_bytes(header + data.tobytes())
    return folder


@pytest.mark.parametrize("network", ["dense", "local"])
def test_images_of_digits_are_learned(network: str, images: Path) -> None:
    shown = run(
        *("mnist.py", "--data", str(images), "--samples", "1500"),
        *("--network", network, "--epochs", "2"),
    )
    found = re.search(r"297 test images: (\S+)% right", shown)
    assert found is not None
    assert float(found[1]) >= 75, "a network that learns nothing is right one time in ten"


@pytest.mark.ngspice
def test_example_runs_on_ngspice() -> None:
    assert "loss" in run("xor.py", "--backend", "ngspice", "--epochs", "5")


def test_examples_are_short() -> None:
    paths = list(EXAMPLES.glob("*.py"))
    assert len(paths) > 3
    for path in paths:
        assert len(path.read_text().splitlines()) < 90, path
