"""Peers are measured on EBANA's circuits; one that cannot be had says why."""

import argparse
import json
import sys
from pathlib import Path

import attrs
import numpy as np
import pytest

from benchmarks import peers
from benchmarks.environments import NotMeasuredError, Packages, python_of
from benchmarks.netlists import arrays
from benchmarks.peer_circuits import behavioural, wired
from benchmarks.peer_tables import page
from benchmarks.peers import compared, completed
from tests.support.project import ROOT

RESULTS = ROOT / "benchmarks" / "results"


@pytest.mark.ngspice
def test_a_peer_is_measured_and_both_answers_are_held_to_kirchhoffs_laws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "peers.json"
    asked = ["--short", "--seconds", "0", "--peers", "rebuilt netlists", "PyCLLN"]
    monkeypatch.setattr(sys, "argv", ["peers", *asked, "--out", str(out)])
    peers.main()
    record = json.loads(out.read_text())
    row, left_out = record["rows"]
    assert row["circuit"] == "10-10-6 behavioural"
    assert row["points_per_second"] > 0
    expected = row["ours_points_per_second"] / row["points_per_second"]
    assert row["ratio"] == pytest.approx(expected, rel=1e-12, abs=0)
    assert row["our_residual"] <= 1e-12
    # ngspice stops within its reltol of 1e-3; this circuit is linear between kinks, so that its
    # last step is exact to rounding, amplified by the conducting diodes of 1 ohm beside 1e5.
    assert row["peer_residual"] <= 1e-9
    assert row["apart_V"] <= 1e-8 * row["largest_V"]
    assert "PyCLLN" in left_out["not measured"]
    assert out.with_suffix(".md").read_text() == page(record)


def test_a_peer_without_its_clone_says_so(tmp_path: Path) -> None:
    circuit = behavioural((2, 2, 2))
    for clones in ([], [tmp_path]):
        given = argparse.Namespace(cache=tmp_path, clone=clones, seconds=0.0)
        row = compared("energy-based-learning", circuit, given)
        assert "no --clone FOLDER" in row["not measured"]
        assert "ours_points_per_second" not in row


def test_a_peer_that_cannot_be_installed_says_so_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for _ in range(2):
        with pytest.raises(NotMeasuredError, match="is there a network"):
            python_of("circulax", Packages(wanted=("circulax==0.1.7",)), tmp_path)


def test_an_answer_with_holes_is_none() -> None:
    circuit = behavioural((2, 2, 2))
    points = circuit.model.operating_points(circuit.inputs)
    unknowns = points.compiled.constraints.unknowns
    held = np.setdiff1d(np.arange(points.node_voltages.shape[1]), unknowns)
    theirs = points.node_voltages.copy()
    theirs[:, held] = np.nan
    np.testing.assert_array_equal(completed("a peer", theirs, points), points.node_voltages)
    theirs[0, unknowns[0]] = np.nan
    with pytest.raises(NotMeasuredError, match="no finite answer"):
        completed("a peer", theirs, points)


def test_what_a_peer_gets_is_the_circuit() -> None:
    circuit = wired(3)
    given = circuit.described()
    points = circuit.model.operating_points(circuit.inputs)
    voltages, left = points.node_voltages, np.zeros_like(points.node_voltages)
    currents = (voltages[:, given["heads"]] - voltages[:, given["tails"]]) * given["conductances"]
    for sign, ends in ((1, given["heads"]), (-1, given["tails"])):
        np.add.at(left.T, ends, sign * currents.T)
    unknowns = points.compiled.constraints.unknowns
    # Residuals are 1e-12 of currents of 0.5 V in 2 ohms at most.
    assert np.abs(left[:, unknowns]).max() <= 1e-12 * 0.25
    np.testing.assert_array_equal(voltages[:, given["input_nodes"]], given["inputs"])
    np.testing.assert_array_equal(given["samples"], circuit.inputs["x"])


def test_a_wrong_answer_shows_in_the_residual() -> None:
    circuit = behavioural((2, 2, 2))
    points = circuit.model.operating_points(circuit.inputs)
    wrong = points.node_voltages.copy()
    wrong[:, points.compiled.constraints.unknowns] += 1e-3
    assert attrs.evolve(points, free_voltages=wrong).residual > 1e-6


def test_arrays_hold_every_source_and_amplifier() -> None:
    circuit = behavioural((3, 2, 4))
    given = arrays(circuit.model, circuit.inputs)
    assert len(given["conductances"]) == 3 * 2 + 2 * 4
    assert len(given["ramp_heads"]) == 2 * 2
    np.testing.assert_array_equal(given["gains"], [4.0, 4.0])


def test_the_table_is_made_of_the_numbers() -> None:
    record = json.loads((RESULTS / "peers.json").read_text())
    assert (RESULTS / "peers.md").read_text() == page(record)
    residuals = [row["our_residual"] for row in record["rows"] if "our_residual" in row]
    assert residuals
    assert max(residuals) <= 1e-12
