"""Transistors as synapses around diodes: the embedded solver beside ngspice.

OMP_NUM_THREADS=1 python -m benchmarks.transistor_mixed --out FILE.json
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from ebana_diode_mos import DiodeLayer, UniformVoltage

from benchmarks.blocks import timed
from benchmarks.records import measured_rows
from ebana_core import Model
from ebana_core.backends import NativeBackend, NgspiceBackend
from ebana_core.layers import InputVoltageLayer, SenseLayer
from ebana_core.zoo.parts import device
from ebana_core.zoo.transistors import AROUND, transistors

SHAPES = ((8, 10, 4), (64, 20, 10))
"""Inputs, hidden nodes and outputs."""
DIODES: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "shockley": {"kind": "shockley", "direction": "down"},
    "ideal": {"kind": "ideal", "direction": "up"},
}
N_SAMPLES, REPEATS = 64, 5


def network(n_in: int, n_hidden: int, n_out: int, diodes: Mapping[str, Any]) -> Model:
    """Return two crossbars of transistors, with diodes at the nodes between them."""

    def synapses(name: str, units: int) -> Any:
        own = {**transistors(), "name": name, "initializer": UniformVoltage(1.5, 4.5)}
        return device("transistor_crossbar")(units=units, lr=1.0, **own)

    x = InputVoltageLayer(units=n_in, name="x")
    hidden = synapses("first", n_hidden)(x)
    if diodes:
        hidden = DiodeLayer(name="diodes", **diodes)(hidden)
    y = SenseLayer(name="y", fold=False)(synapses("second", n_out)(hidden))
    return Model([x], [y], seed=0, **AROUND)


def measured() -> Iterator[dict[str, Any]]:
    """Yield the rows one after the other."""
    for shape in SHAPES:
        for name, diodes in DIODES.items():
            model = network(*shape, diodes)
            x = {"x": np.random.default_rng(0).uniform(0, 0.5, (N_SAMPLES, shape[0]))}
            backends = {
                "native": NativeBackend(),
                "native, not compiled": NativeBackend(compiled=False),
                "ngspice": NgspiceBackend(),
            }
            found = {key: model.operating_points(x, own) for key, own in backends.items()}
            seconds = timed(
                {key: partial(model.operating_points, x, own) for key, own in backends.items()},
                REPEATS,
            )
            apart = np.abs(found["native"].voltages - found["ngspice"].voltages).max()
            yield {
                "circuit": "-".join(map(str, shape)),
                "transistors": shape[1] * (shape[0] + shape[2]),
                "diodes": name,
                "samples": N_SAMPLES,
                "points_per_second": {key: N_SAMPLES / own for key, own in seconds.items()},
                "native_over_ngspice": seconds["ngspice"] / seconds["native"],
                "largest_difference_V": float(apart),
                "residual": {key: points.residual for key, points in found.items()},
            }


def table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the page's table."""
    return [
        f"| {row['circuit']} | {row['transistors']} | {row['diodes']} | "
        f"{row['points_per_second']['native']:,.0f} | {row['points_per_second']['ngspice']:,.0f} |"
        for row in rows
    ]


if __name__ == "__main__":
    measured_rows("benchmarks.transistor_mixed", measured())
