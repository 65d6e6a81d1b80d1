"""A published network of transistors learns on twin chips as ngspice recorded it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core import Model, Run
from ebana_core.arrays import Array
from ebana_core.chips import Chip, Twin
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import InputVoltageLayer, SenseLayer
from ebana_core.losses import Hinge
from ebana_core.metrics import Metrics
from ebana_core.optimizers import SGD
from ebana_core.rules import DropSquared
from tests.support.project import ROOT
from tests.support.recorded import card

DATA: Mapping[str, Any] = json.loads(
    (ROOT / "tests" / "data" / "cclln" / "digits_64x20_twins.json").read_text()
)
RAILS = np.arange(20).reshape(2, 10).T.ravel()
"""The recording has all first rails before all second ones; a folded output has them in pairs."""


def of_edges(values: Any) -> Array:
    """Return values of edges, pixel by pixel, in the order of a folded crossbar."""
    return np.asarray(np.reshape(values, (64, 20))[:, RAILS])


def network() -> Model:
    low, high = DATA["gate_clip_V"]
    x = InputVoltageLayer(units=64, name="x")
    net = TransistorCrossbarLayer(
        name="net",
        units=20,
        body=DATA["body"],
        param=card(DATA["device"]),
        initializer=of_edges(DATA["gates_initial_V"]),
        lr=DATA["gamma_per_V"],
        lower=low,
        upper=high,
    )(x)
    out = SenseLayer(
        name="out",
        fold=True,
        sense_resistance=DATA["free_resistance_ohm"],
        clamp_resistance=DATA["clamp_resistance_ohm"],
    )(net)
    return Model([x], [out], seed=0, gmin=DATA["gmin_S"], shunt=DATA["gshunt_S"])


def twin() -> Twin:
    chips = (
        Chip(
            offsets={"net.vto_offset": of_edges(DATA["mismatch"][f"vto_offset_{circuit}_V"])},
            factors={"net.kp_factor": of_edges(DATA["mismatch"][f"beta_factor_{circuit}"])},
        )
        for circuit in ("free", "clamped")
    )
    return Twin(*chips)


@pytest.mark.parametrize(("backend", "tolerance"), [("native", 1e-12), ("ngspice", 1e-10)])
def test_voltages_and_gates_are_those_that_were_recorded(
    backend: str, tolerance: float, tmp_path: Path
) -> None:
    # An independent solver repeats the recording to 7e-14 V; ngspice ends within some 1e-12 V.
    model, records = network(), DATA["records"]
    samples = DataSet(
        {"x": [record["input_V"] for record in records]},
        {"out": np.eye(10)[[record["label"] for record in records]]},
    )
    model.fit(
        BatchGenerator(samples, batch_size=1, shuffle=False),
        Hinge(margin=DATA["margin_V"]),
        SGD(model),
        # The recording moves each of two rails by half of its delta, in opposite directions.
        rule=DropSquared(nudge=2 * DATA["delta_V"], only_clamped=True),
        chip=twin(),
        backend=backend,
        run=tmp_path / "run.h5",
        metrics=Metrics(model, verbose=False, save_output_voltages="every"),
    )
    with Run.open(tmp_path / "run.h5") as run:
        for phase, recorded in (("free", "free_V"), ("nudged", "clamped_V")):
            points = model.recorded_points(run, phase)
            assert len(points) == len(records)
            for own, record in zip(points, records, strict=True):
                error = np.abs(own.at("net")[0] - np.array(record[recorded])[RAILS])
                if phase == "nudged":
                    # An open clamp of the recording stays at the voltage of the last one, here at
                    # 0 V: 0.3 V behind 1e9 ohm, at rails of 0.1 S.
                    stale = np.array(record["open_sources_V"])[RAILS] != 0
                    assert (error[stale] < 1e-8).all()
                    error = error[~stale]
                assert error.max() < tolerance
    assert np.abs(model.parameters["net.gate"] - of_edges(DATA["gates_final_V"])).max() < tolerance
