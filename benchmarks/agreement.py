"""How far native and ngspice are apart on the circuits of the benchmarks.

Usage: python -m benchmarks.agreement [CASE ...]
"""

import sys

import numpy as np

from benchmarks.cases import CASES, load_images

N_SAMPLES = {"1568-1024-10 ideal, batch 64": 1}
"""Samples of a case, where not two: 1024 exact ideal diodes take ngspice ten minutes."""
TOO_LARGE = (
    "1568-1024-1024-10 ideal, batch 64",
    "1568-1024-1024-1024-10 ideal, batch 64",
)
"""Cases that ngspice does not solve within hours: tests compare small ones of their structure."""


def disagreement(name: str, n_samples: int | None = None) -> dict[str, float]:
    """Return the largest difference of node voltages relative to the largest voltage.

    Free and nudged points of the first samples. ngspice solves ideal diodes exactly, by a
    source with ``v = min(0, v + 1e5*i)``.
    """
    case = CASES[name]
    n_samples = n_samples or N_SAMPLES.get(name, 2)
    images, _ = load_images(None, n_samples)
    model, data = case.build(), case.samples(images)
    inputs = {"x": data.inputs["x"][:n_samples]}
    width = model.network.shapes["y"][0]
    nudge = {"y": case.beta * np.random.default_rng(0).normal(size=(n_samples, width))}
    native = model.operating_points(inputs, nudge=nudge)
    reference = model.operating_points(inputs, "ngspice", nudge=nudge)
    unknowns = model.network.compiled.constraints.unknowns
    free = native.free_voltages[:, unknowns]
    apart = np.abs(free - reference.free_voltages[:, unknowns]).max() / np.abs(free).max()
    assert native.change is not None
    assert reference.change is not None
    moved = np.abs(native.change - reference.change).max() / np.abs(free).max()
    return {"free": float(apart), "change": float(moved)}


if __name__ == "__main__":
    for case in sys.argv[1:] or [name for name in CASES if name not in TOO_LARGE]:
        print(case, disagreement(case))
