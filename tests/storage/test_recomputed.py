"""From the run file alone: drops, currents and powers of every recorded sample, and their sums.

Tolerances are relative to the largest number of an array: what sums of float64 products round.
"""

import functools
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend, OperatingPoints
from ebana_core.data import BatchGenerator
from ebana_core.errors import FormatError, ParameterError, UnknownNameError, UnsupportedError
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
)
from ebana_core.storage.phase import Phase
from tests.support.runs import small_fit, small_model
from tests.support.zoo import N_SAMPLES, ZOO, amplified, linear, noisy_memristors, zoo_data

CENTERED = EquilibriumPropagation(1e-7, "centered")
POLICIES: dict[str, dict[str, Any]] = {
    "powers alone": {"save_power_params": "every"},
    "last": {
        "save_output_voltages": "last",
        "save_power_params": "last",
        "save_branch_currents": "last",
    },
    "mixed": {
        "save_output_voltages": {"epoch_num": 2},
        "save_power_params": {"epoch_num": 3},
        "save_branch_currents": "last",
    },
    "chosen": {
        "save_output_voltages": "every",
        "save_power_params": "every",
        "save_branch_currents": {"epoch_num": 2},
        "current_layers": ["d1", "b"],
        "samples": [1, 4, 9],
    },
}


def trained(build: Callable[[], Model], path: Path, policy: str, **options: Any) -> None:
    model = build()
    model.fit(
        BatchGenerator(zoo_data(), batch_size=options.pop("batch_size", 2)),
        losses.MSE(),
        optimizers.Adam(model),
        epochs=3,
        rule=options.pop("rule", CENTERED),
        metrics=Metrics(model, verbose=False, **POLICIES[policy]),
        run=path,
        **options,
    )


def is_close(found: Array, expected: Array) -> bool:
    scale = float(np.abs(expected).max(initial=0.0))
    return bool(np.abs(found - expected).max(initial=0.0) <= 1e-12 * scale)


def require_recomputable(path: Path) -> int:
    """Compute all powers and currents of a run again; return how many arrays were compared."""
    model, count = Model.load(path), 0
    with Run.open(path, probe=False) as run:

        @functools.cache
        def replayed(phase: str, epoch: int) -> tuple[Phase, list[OperatingPoints]]:
            return run.phase(phase, epoch), model.recorded_points(run, phase, epoch)

        for place in run.places:
            folder, phase, topic, *rest = [*place.split("/"), ""]
            if folder != "phases" or topic not in ("power", "currents"):
                continue
            saved = run.recorded(place)
            for number, epoch in enumerate(saved.epochs):
                own, again_solved = replayed(phase, int(epoch))
                for row, points in enumerate(again_solved):
                    assert points.residual <= 1e-12
                    if topic == "power":
                        layers = run.coordinates["layer"]
                        again = np.stack([points.power(layer) for layer in layers], axis=1)
                    else:
                        layer = own.wiring["elements"][rest[0]]["layer"]
                        again = points.currents(layer)[rest[0]]
                    assert is_close(saved[number][own.rows == row], again), place
                    count += 1
    return count


@pytest.mark.parametrize(
    ("build", "policy"),
    [(build, "mixed") for build in ZOO]
    + [(noisy_memristors, policy) for policy in POLICIES if policy != "mixed"],
)
def test_powers_and_currents_follow_from_the_file(
    build: Callable[[], Model], policy: str, tmp_path: Path
) -> None:
    trained(build, tmp_path / "run.h5", policy)
    assert require_recomputable(tmp_path / "run.h5") > 0


@pytest.mark.parametrize("rule", [CoupledLearning(0.1, "centered"), ContrastiveLearning()])
def test_clamped_phases_follow_from_the_file(rule: LearningRule, tmp_path: Path) -> None:
    trained(amplified, tmp_path / "run.h5", "powers alone", rule=rule)
    assert require_recomputable(tmp_path / "run.h5") > 0


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_workers_record_the_same_bits(pool: Any, tmp_path: Path) -> None:
    trained(noisy_memristors, tmp_path / "here.h5", "last")
    with pool(2) as executor:
        trained(noisy_memristors, tmp_path / "there.h5", "last", executor=executor)
    with Run.open(tmp_path / "here.h5") as here, Run.open(tmp_path / "there.h5") as there:
        assert here.places == there.places
        for place in here.places:
            assert np.array_equal(here.recorded(place)[:], there.recorded(place)[:], True), place


def test_currents_of_float32_follow_from_the_file_to_its_digits(tmp_path: Path) -> None:
    """What float32 solved is stored, and computed with, in float64."""
    path = tmp_path / "run.h5"
    trained(linear, path, "last", backend=NativeBackend(dtype="float32"))
    with Run.open(path, probe=False) as run:
        for name in ("free", "plus", "minus"):
            own = run.phase(name)
            for element in ("d1", "d2"):
                assert is_close(run.currents(element, name)[-1], own.currents(element))


def test_drops_times_conductances_are_the_recorded_currents(tmp_path: Path) -> None:
    """With h5py and NumPy, as FORMAT.md says, for a reader who has no ebana."""
    path = tmp_path / "run.h5"
    trained(linear, path, "last")
    with h5py.File(path, "r", swmr=True) as file:
        bank = int(file["commits"][-1, 2])
        wiring, coordinates = (
            json.loads(file[name][()].tobytes()) for name in ("wiring", "coordinates")
        )
        rows = file["points_last/row"][bank].astype(int)
        g = file["points_last/values/d1.conductance"][bank][rows]
        v = file["phases/plus/voltages"][bank]
        current = file["phases/plus/currents/d1"][bank]
        assert [text.decode() for text in file["batches"].attrs["dims"]] == ["batch", "column"]
    place = {name: k for k, name in enumerate(coordinates["node"])}
    element = wiring["elements"]["d1"]
    heads, tails = (
        [place[wiring["nodes"][node]] for node in element[end]] for end in ("rows", "columns")
    )
    drops = v[:, heads, None] - v[:, None, tails]
    assert is_close(current, (g * drops).reshape(N_SAMPLES, -1))
    assert np.ptp(g, axis=0).min() > 0  # the batches had values of their own


def test_a_phase_tells_drops_and_currents(tmp_path: Path) -> None:
    trained(amplified, tmp_path / "run.h5", "chosen")
    with Run.open(tmp_path / "run.h5") as run:
        phase = run.phase("minus", 2)
        assert phase.samples.tolist() == [1, 4, 9]
        order = BatchGenerator(zoo_data(), batch_size=2).order(0, 2).tolist()
        assert phase.batches.tolist() == [order.index(sample) // 2 for sample in (1, 4, 9)]
        recorded = run.currents("d1", "minus")
        assert recorded.epochs.tolist() == [2, 3]
        assert is_close(recorded[0], phase.currents("d1"))
        assert is_close(phase.drops("x"), zoo_data().inputs["x"][[1, 4, 9]])
        assert set(phase.injected) == {"y"}
        with pytest.raises(UnsupportedError, match="'q' follows the law"):
            phase.currents("q")
        with pytest.raises(UnknownNameError, match="no element 'none'"):
            phase.drops("none")
        with pytest.raises(UnknownNameError, match="no phase 'nudged'"):
            run.phase("nudged")
        with pytest.raises(UnknownNameError, match="after epoch 7"):
            run.phase("free", 7)
        with pytest.raises(FormatError, match="whose names are not those of the model"):
            small_model().recorded_points(run)


def test_all_powers_sum_to_nothing_whatever_the_size_of_a_batch(tmp_path: Path) -> None:
    for size in (N_SAMPLES, 2):
        path = tmp_path / f"{size}.h5"
        trained(linear, path, "powers alone", batch_size=size)
        with Run.open(path) as run:
            power = run.power("free")[:]
        # Tellegen: the residual of a right point is at most 1e-12 of the currents.
        assert np.abs(power.sum(axis=2)).max() <= 1e-12 * np.abs(power).max()


def test_points_of_other_values_are_not_joined() -> None:
    model, other = small_model(), small_model(seed=9)
    inputs = {"x": [[1.0, 0.5, -1.0]]}
    mine, theirs = model.operating_points(inputs), other.operating_points(inputs)
    assert type(mine).joined([mine, mine]).n_samples == 2
    with pytest.raises(ParameterError, match="different parameters"):
        type(mine).joined([mine, theirs])
    nudged = model.operating_points(inputs, nudge={"y": [[1e-6, 0.0]]})
    with pytest.raises(ParameterError, match="several phases: free beside nudged at 'y'"):
        type(mine).joined([nudged, mine])


def test_a_run_without_phases_names_what_to_record(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 1, metrics=Metrics(verbose=False))
    with (
        Run.open(tmp_path / "run.h5") as run,
        pytest.raises(UnknownNameError, match="no phase with the values") as caught,
    ):
        run.phase()
    assert "save_output_voltages" in caught.value.fix
