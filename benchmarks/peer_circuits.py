"""The circuits on which peers are measured, as EBANA's models and as arrays."""

from collections.abc import Callable, Sequence
from typing import final

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer
from ebana_memristor import Linear, MemristorLayer, Wires

from benchmarks.circuits import behavioral
from benchmarks.netlists import Arrays, arrays
from benchmarks.samples import digits_samples
from ebana_core import Model
from ebana_core.arrays import IntArray
from ebana_core.circuit import GROUND, CircuitBuilder, Constant, VoltageSources
from ebana_core.circuit.branches import branch_ends
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.layers.declaration import Shape
from ebana_core.zoo.networks import rectified

WIRE = 2.0
"""Resistance of a segment, ohms."""


@attrs.frozen(kw_only=True)
class Circuit:
    """A circuit and its samples.

    Args:
        name: Of the row.
        model: Built.
        inputs: Samples.
        changed: The parameter that is given anew where EBANA starts from new values.
        extra: Arrays beyond those of `benchmarks.netlists.arrays`.
    """

    name: str
    model: Model
    inputs: dict[str, np.ndarray]
    changed: str
    extra: Arrays = attrs.field(factory=dict)

    @property
    def batch(self) -> int:
        """Samples solved at once."""
        return len(self.inputs["x"])

    def described(self) -> Arrays:
        """Return the circuit as arrays."""
        return arrays(self.model, self.inputs) | self.extra


@final
@attrs.frozen(kw_only=True, eq=False)
class GroundedLayer(Layer):
    """Holds the nodes of its input at 0 V, where a crossbar's currents are read."""

    device = "ground"

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = inputs[0].ravel()
        held = VoltageSources(
            name=self.name,
            layer=self.name,
            heads=nodes,
            tails=[GROUND] * len(nodes),
            voltage=Constant(np.array(0.0)),
        )
        builder.add(held)
        return inputs[0]


def behavioural(widths: tuple[int, int, int]) -> Circuit:
    """Return the circuit of `benchmarks.circuits.behavioral`."""
    if widths[0] == 128:
        inputs = {"x": digits_samples(1.0).inputs["x"]}
    else:
        inputs = {"x": np.random.default_rng(0).uniform(-1, 1, (105, widths[0]))}
    return Circuit(
        name="-".join(map(str, widths)) + " behavioural",
        model=behavioral(*widths),
        inputs=inputs,
        changed="d1.conductance",
    )


def wired(side: int) -> Circuit:
    """Return a square crossbar with wires, whose columns end at ground; 64 samples."""
    x = InputVoltageLayer(units=side, name="x")
    cells = MemristorLayer(
        name="m",
        units=side,
        cell=Linear(window=(1e-6, 1e-4)),
        wires=Wires(WIRE, WIRE),
        initializer=RandomUniform(1e-6, 1e-4),
    )(x)
    ground = GroundedLayer(name="ground")(cells)
    model = Model([x], [CurrentLayer(name="y", fold=False)(ground)], seed=0)
    array = next(a for a in model.network.compiled.circuit.element_arrays if a.name == "m")
    row_nodes, column_nodes = branch_ends(array.topology)
    return Circuit(
        name=f"crossbar {side} x {side}, wires of {WIRE:g} ohms",
        model=model,
        inputs={"x": np.random.default_rng(0).uniform(-0.5, 0.5, (64, side))},
        changed="m.conductance",
        extra={
            "cells": np.asarray(model.parameters["m.conductance"]).reshape(side, side),
            "wire": np.array(WIRE),
            "row_nodes": row_nodes,
            "column_nodes": column_nodes,
        },
    )


def ideal(n_hidden: int, gain: float) -> Circuit:
    """Return 1568 inputs, ideal diodes and 10 outputs, without biases; 64 samples."""
    x = InputVoltageLayer(units=1568, name="x")
    first = DenseLayer(units=n_hidden, name="d1", initializer=rectified(1568))(x)
    half = n_hidden // 2
    directions = ["up"] * half + ["down"] * (n_hidden - half)
    hidden = DiodeLayer(name="act", kind="ideal", direction=directions)(first)
    last = DenseLayer(units=10, name="d2", initializer=rectified(n_hidden))(hidden)
    model = Model([x], [CurrentLayer(name="y", fold=False)(last)], seed=0)
    rng = np.random.default_rng(0)
    images = gain * rng.uniform(size=(64, 784)) * (rng.uniform(size=(64, 784)) < 0.19)
    circuit = model.network.compiled.circuit
    extra = {f"layer_nodes_{k}": circuit.nodes_of(n) for k, n in enumerate(("x", "d1", "d2"))}
    for k, name in enumerate(("d1", "d2")):
        extra[f"matrix_{k}"] = np.asarray(model.parameters[f"{name}.conductance"])
    return Circuit(
        name=f"1568-{n_hidden}-10 ideal, without biases",
        model=model,
        inputs={"x": np.hstack([images, -images])},
        changed="d1.conductance",
        extra=extra | {"n_matrices": np.array(2)},
    )


@attrs.frozen(kw_only=True)
class Planned:
    """A circuit that is built when its turn comes.

    Args:
        make: Builds it.
        peers: Names of those who can solve it.
        is_small: Measured in a short run, too.
    """

    make: Callable[[], Circuit]
    peers: Sequence[str]
    is_small: bool = False


NETLISTS, CROSSBARS, LAYERS = (
    ("circulax", "rebuilt netlists"),
    ("badcrossbar",),
    ("energy-based-learning",),
)
CIRCUITS: Sequence[Planned] = (
    Planned(make=lambda: behavioural((10, 10, 6)), peers=NETLISTS, is_small=True),
    Planned(make=lambda: behavioural((128, 50, 20)), peers=NETLISTS),
    Planned(make=lambda: wired(64), peers=CROSSBARS, is_small=True),
    Planned(make=lambda: wired(128), peers=CROSSBARS),
    Planned(make=lambda: ideal(100, 100.0), peers=LAYERS, is_small=True),
    Planned(make=lambda: ideal(1024, 480.0), peers=LAYERS),
)
