"""How wrong is Equilibrium Propagation at a finite beta, and what does reading noise change?

The network is trained by no one: random conductances, two hidden layers with antiparallel
diodes and amplifiers, so that the loss has all its derivatives. Its gradient by one-sided and
centered Equilibrium Propagation is compared with the adjoint over nine decades of beta.

Usage:
    OMP_NUM_THREADS=1 python -m benchmarks.gradient_bias measure  # writes the numbers
    python -m benchmarks.gradient_bias plot  # draws the picture from them
"""

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from ebana_diode_mos import DiodeLayer

from benchmarks.records import write_record
from ebana_core import Model, __version__
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.losses import MSE
from ebana_core.plots import PALETTE
from ebana_core.rules import EquilibriumPropagation, Measurement

FOLDER = Path(__file__).parent
NUMBERS = FOLDER / "results" / "gradient_bias.json"
PICTURE = FOLDER.parent / "docs" / "images" / "gradient_bias.svg"
BETAS = np.logspace(-13, -5, 33)
"""S."""
NOISE = 1e-6
"""Standard deviation of one reading of a drop, V."""
VARIANTS = ("positive", "negative", "centered")


def network() -> Model:
    """Return 8-12-12-6 with antiparallel diodes and gains of 2 and -1.5."""
    source = InputVoltageLayer(units=8, name="x")
    layer: Layer = source
    conductances = RandomUniform(1e-6, 1e-5)
    for number, gain in enumerate((2.0, -1.5), start=1):
        layer = DenseLayer(units=12, name=f"d{number}", initializer=conductances)(layer)
        layer = DiodeLayer(name=f"pair{number}", kind="antiparallel", param={"IS": 1e-7, "a": 0.1})(
            layer
        )
        layer = AmplificationLayer(name=f"amp{number}", param={"gain": gain})(layer)
    last = DenseLayer(units=6, name="d3", initializer=conductances)(layer)
    return Model([source], [CurrentLayer(name="y")(last)], seed=0)


def samples() -> DataSet:
    """Return 64 random samples and targets."""
    rng = np.random.default_rng(0)
    return DataSet({"x": rng.uniform(-1, 1, (64, 8))}, {"y": rng.normal(0, 0.3, (64, 3))})


def measured() -> dict[str, Any]:
    """Return relative errors of the exact gradient and angles of the noisy local one."""
    model, data = network(), samples()
    curves: dict[str, Any] = {}
    for variant in VARIANTS:
        rule = EquilibriumPropagation(1.0, variant, "exact")
        found = model.check_gradient(data, rule, MSE(), strengths=list(BETAS))
        curves[variant] = {n: list(p.series("error")) for n, p in found.parameters.items()}
    noisy: dict[str, Any] = {}
    for variant in ("positive", "centered"):
        rule = EquilibriumPropagation(1.0, variant, measurement=Measurement(noise=NOISE))
        found = model.check_gradient(data, rule, MSE(), strengths=list(BETAS))
        noisy[variant] = {
            "angle": {n: list(p.series("angle")) for n, p in found.parameters.items()},
            "recommended": found.strength,
        }
    return {"beta": list(BETAS), "relative error": curves, "noise": NOISE, "angle": noisy}


def measure() -> None:
    """Write the numbers."""
    record = {
        "command": "OMP_NUM_THREADS=1 python -m benchmarks.gradient_bias measure",
        "versions": {
            "ebana": __version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "results": measured(),
    }
    write_record(NUMBERS, record)


def draw() -> None:
    """Draw the committed numbers."""
    from matplotlib import pyplot

    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["svg.hashsalt"] = "gradient_bias"  # the same numbers give the same file
    found = json.loads(NUMBERS.read_text())["results"]
    betas = np.array(found["beta"])
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for variant, style in (("positive", "-"), ("negative", ":"), ("centered", "--")):
        for number, (name, errors) in enumerate(found["relative error"][variant].items()):
            label = f"{variant}, {name}" if variant != "negative" else None
            left.loglog(betas, errors, style, color=PALETTE[number], label=label)
    for order, name, start, height in ((1, "beta", 1e-9, 3e-8), (2, "beta²", 1e-8, 3e-14)):
        ends = np.array([start, 100 * start])
        left.loglog(ends, height * (ends / start) ** order, color="0.5", linewidth=0.8)
        left.annotate(f" ~ {name}", (ends[1], height * 100**order), color="0.3", va="center")
    left.set_title('gradient="exact" against the adjoint')
    left.set_ylabel("relative error")
    for variant, style in (("positive", "-"), ("centered", "--")):
        noisy = found["angle"][variant]
        for number, (name, angles) in enumerate(noisy["angle"].items()):
            right.loglog(betas, angles, style, color=PALETTE[number], label=f"{variant}, {name}")
        right.axvline(noisy["recommended"], color="0.6", linestyle=style)
    right.set_title(f"every drop read with {found['noise']:g} V of noise")
    right.set_ylabel("angle to the exact gradient (degrees)")
    for axes in (left, right):
        axes.set_xlabel("beta (S)")
        axes.grid(alpha=0.3)
    told = left.get_legend_handles_labels()
    figure.legend(*told, loc="outside lower center", ncols=3, frameon=False)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})


def main() -> None:
    """Measure or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "plot"))
    {"measure": measure, "plot": draw}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
