"""Small networks that hold every kind of layer, to be drawn."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer, TransistorNetworkLayer
from ebana_memristor import MemristorLayer, Sinh, Wires

from ebana_core import Model
from ebana_core.arrays import Array, IntArray, Values
from ebana_core.circuit import GROUND, Branches, CircuitBuilder, Constant, ElementArray
from ebana_core.initializers import RandomUniform
from ebana_core.laws import Law
from ebana_core.laws.spice import Element, Resistor
from ebana_core.layers import (
    AmplificationLayer,
    AveragePooling2DLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    Conv2DLayer,
    CurrentLayer,
    DCCurrentLayer,
    DenseLayer,
    InputCurrentLayer,
    InputVoltageLayer,
    JoinLayer,
    Layer,
    LocallyConnected2DLayer,
    PotentiometerNetworkLayer,
    ReshapeLayer,
    ResistorNetworkLayer,
    SenseLayer,
    ShuntLayer,
    SimplexVoltageLayer,
    SpiceBlock,
    StackLayer,
)
from ebana_core.layers.declaration import Shape
from ebana_core.quantities import quantity

DRAWN: Mapping[str, Any] = {"initializer": RandomUniform(1e-7, 1e-5), "lr": 1e-9}
CLIP = """.subckt clip in out vdd gnd
R1 in out 1k
D1 out vdd dd
D2 gnd out dd
.model dd d
.ends clip
"""


@attrs.frozen
class PearLaw(Law):
    """A stranger's device, which names no symbol."""

    values = (quantity("siemens", "S", default=1e-6),)
    always_conducts = True

    def current(self, drop: Array, values: Values) -> Array:
        return values["siemens"] * drop

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [Resistor(f"r{branch}", head, tail, 1 / values["siemens"])]


@attrs.frozen(kw_only=True, eq=False)
class PearLayer(ShuntLayer):
    device = "pear"
    law = PearLaw()


@attrs.frozen(kw_only=True, eq=False)
class StrangeLayer(Layer):
    """Devices side by side, to ground, and between new nodes, all in one array."""

    device = "strange"

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (2,)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        (a, b), (c, d) = inputs[0].tolist(), builder.nodes(self.name, (2,)).tolist()
        ends = [(a, c), (a, c), (c, a), (b, d), (c, d), (c, GROUND), (GROUND, c), (d, GROUND)]
        heads, tails = zip(*ends, strict=True)
        values = {"siemens": Constant(np.arange(1.0, 9.0) * 1e-6)}
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, tails),
                law=PearLaw(),
                values=values,
            )
        )
        return np.array([c, d])


def strange() -> Model:
    """A stranger's layer behind inputs."""
    x = InputVoltageLayer(units=2, name="x")
    own = StrangeLayer(name="own")(x)
    d = DenseLayer(units=2, name="d", **DRAWN)(PearLayer(name="pear")(own))
    return Model([x], [CurrentLayer(name="y")(d)], seed=0)


def hidden(*, n_hidden: int = 3) -> Model:
    """Two crossbars with diodes and amplifiers between, as for XOR."""
    xp, xn = (InputVoltageLayer(units=2, name=name) for name in ("xp", "xn"))
    b1 = BiasVoltageLayer(units=2, name="b1", bias_voltage=[1.0, -1.0])
    d1 = DenseLayer(units=n_hidden, name="d1", **DRAWN)(ConcatenateLayer(name="j1")([xp, xn, b1]))
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(d1)
    up = DiodeLayer(name="up", direction="up", param={"VTH": 0.3}, bias_voltage=0.1)(down)
    amp = AmplificationLayer(name="amp", param={"gain": 4.0})(up)
    b2 = BiasVoltageLayer(units=2, name="b2", bias_voltage=[1.0, -1.0], trainable=True, lr=1e-6)
    d2 = DenseLayer(units=2, name="d2", **DRAWN)(ConcatenateLayer(name="j2")([amp, b2]))
    return Model([xp, xn, b1, b2], [CurrentLayer(name="y")(d2)], seed=0)


def real_parts() -> Model:
    """Sources with resistance, antiparallel pairs, amplifiers with an offset of their own."""
    x = InputVoltageLayer(units=3, name="x", source_resistance=50.0)
    d1 = DenseLayer(units=3, name="d1", **DRAWN)(x)
    pairs = DiodeLayer(name="pairs", kind="antiparallel")(d1)
    amp = AmplificationLayer(
        name="amp", param={"gain": [4.0, 3.0, -2.0]}, offset=1e-3, input_resistance=1e6
    )(pairs)
    pear = PearLayer(name="pear")(amp)
    d2 = DenseLayer(units=2, name="d2", **DRAWN)(pear)
    limited = AmplificationLayer(name="limited", param={"gain": 2.0}, saturation=(-1.0, 1.0))(d2)
    return Model([x], [CurrentLayer(name="y", fold=False)(limited)], seed=0)


def skipping() -> Model:
    """A layer that feeds two, one behind the other; diodes with rails of their own."""
    x = InputVoltageLayer(units=3, name="x")
    d1 = DenseLayer(units=2, name="d1", **DRAWN)(x)
    diodes = DiodeLayer(
        name="diodes",
        direction=("down", "up"),
        param={"VTH": [0.3, 0.2]},
        bias_voltage=[0.1, -0.1],
    )(d1)
    d2 = DenseLayer(units=2, name="d2", **DRAWN)(ConcatenateLayer(name="j")([diodes, x]))
    ideal = DiodeLayer(name="ideal", kind="ideal", direction="up", bias_voltage=-0.5)(d2)
    crossbar = TransistorCrossbarLayer(name="tx", units=2, initializer=[[1.0, 2.0], [3.0, 2.5]],
                                       lr=1e-3)(ideal)  # fmt: skip
    return Model([x], [CurrentLayer(name="y")(crossbar)], seed=0)


def side_by_side() -> Model:
    """Two layers behind one, which meet again."""
    x = InputVoltageLayer(units=2, name="x")
    d1 = DenseLayer(units=2, name="d1", **DRAWN)(x)
    d2 = DenseLayer(units=3, name="d2", **DRAWN)(x)
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(d2)
    d3 = DenseLayer(units=2, name="d3", **DRAWN)(ConcatenateLayer(name="j")([down, d1]))
    ladder = SimplexVoltageLayer(name="ladder", vdd=1.0, vss=-1.0, **DRAWN)(d3)
    return Model([x], [CurrentLayer(name="y")(ladder), CurrentLayer(name="z")(d1)], seed=0)


def crossed() -> Model:
    """Outputs between nodes that do not stand side by side, and wires that pass two columns."""
    x = InputVoltageLayer(units=2, name="x")
    a, b, c, d = (DenseLayer(units=1, name=name, **DRAWN)(x) for name in "abcd")
    both = ConcatenateLayer(name="both")([a, c, b, d])
    e = DenseLayer(units=2, name="e", **DRAWN)(ConcatenateLayer(name="i")([both, x]))
    f = DenseLayer(units=2, name="f", **DRAWN)(ConcatenateLayer(name="j")([e, both, x]))
    return Model([x], [CurrentLayer(name="y")(f), CurrentLayer(name="z")(both)], seed=0)


def transistor_grid(n: int = 3) -> Model:
    """Transistors between the neighbours of a square grid."""
    down = [((i, j), (i + 1, j)) for i in range(n - 1) for j in range(n)]
    across = [((i, j), (i, j + 1)) for i in range(n) for j in range(n - 1)]
    x = InputVoltageLayer(units=2, name="x")
    grid = TransistorNetworkLayer(
        name="t",
        branches=down + across,
        inputs=[(0, 0), (n - 1, 0)],
        outputs=[(0, n - 1), (n - 1, n - 1)],
        initializer=np.linspace(1, 3, len(down + across)),
        lr=1e-3,
    )(x)
    return Model([x], [SenseLayer(name="y")(grid)], seed=0)


def webs() -> Model:
    """Graphs of p-channel transistors, some both ways, of potentiometers and of resistors."""
    x = InputVoltageLayer(units=2, name="x")
    there_and_back = [("a", "c"), ("c", "a"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "b")]
    transistors = TransistorNetworkLayer(
        name="t", channel="p", branches=there_and_back, inputs=["a", "b"], outputs=["d", "e"],
        initializer=-1.0, lr=1e-3,
    )(x)  # fmt: skip
    fan = [("a", "c"), ("b", "c"), ("a", "d"), ("b", "d"), ("c", "d"), ("c", "e"), ("d", "e")]
    given = {"branches": fan, "inputs": ["a", "b"], "lr": 1e-9}
    pots = PotentiometerNetworkLayer(
        name="p", outputs=["c", "e"], initializer=RandomUniform(1e-5, 1e-3), **given
    )(transistors)
    web = ResistorNetworkLayer(
        name="r", outputs=["e"], initializer=DRAWN["initializer"], **given
    )(pots)  # fmt: skip
    return Model([x], [CurrentLayer(name="y", fold=False)(web)], seed=0)


def cells(wires: Wires | None = None, *, n_rows: int = 3, n_columns: int = 2) -> Model:
    """A crossbar of memristors."""
    x = InputVoltageLayer(units=n_rows, name="x")
    drawn = {"cell": Sinh(), "initializer": RandomUniform(1e-5, 1e-4), "lr": 1e-3}
    crossbar = MemristorLayer(name="m", units=n_columns, wires=wires, **drawn)(x)
    return Model([x], [CurrentLayer(name="y", fold=n_columns > 1)(crossbar)], seed=0)


def blocks() -> Model:
    """Subcircuits with a supply, input currents, bias currents."""
    x, i = (InputVoltageLayer(units=2, name=name) for name in ("x", "i"))
    block = SpiceBlock(
        name="s", subcircuit=CLIP, inputs=["in"], outputs=["out"], supplies={"vdd": 1.0, "gnd": 0.0}
    )(x)
    fed = InputCurrentLayer(name="c", transconductance=1e-6)([block, i])
    biased = DCCurrentLayer(name="dc", bias_current=[1e-6, -2e-6])(fed)
    d = DenseLayer(units=2, name="d", **DRAWN)(biased)
    return Model([x, i], [CurrentLayer(name="y")(d)], seed=0)


def planes() -> Model:
    """Windows over a plane: convolution, pooling, windows with resistors of their own."""
    x, more = (InputVoltageLayer(units=36, name=name) for name in ("x", "more"))
    shaped = [ReshapeLayer(name=f"r{k}", shape=(6, 6))(one) for k, one in enumerate((x, more))]
    stacked = StackLayer(name="stack")(shaped)
    conv = Conv2DLayer(name="conv", filters=2, kernel_size=3, padding="same", **DRAWN)(stacked)
    pool = AveragePooling2DLayer(name="pool", pool=2)(conv)
    local = LocallyConnected2DLayer(
        name="local", filters=1, kernel=2, padding="same", border_voltage=0.1, **DRAWN
    )(pool)
    return Model([x, more], [CurrentLayer(name="y", fold=False)(local)], seed=0)


def joined(n: int = 2) -> Model:
    """Two crossbars onto the same nodes."""
    x, z = (InputVoltageLayer(units=n, name=name) for name in ("x", "z"))
    d1, d2 = (DenseLayer(units=n, name=m, **DRAWN)(one) for m, one in (("d1", x), ("d2", z)))
    both = JoinLayer(name="join")([d1, d2])
    down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(both)
    amp = AmplificationLayer(name="amp", param={"gain": 4.0})(down)
    d3 = DenseLayer(units=2 * n, name="d3", **DRAWN)(amp)
    return Model([x, z], [CurrentLayer(name="y")(d3)], seed=0)


NETWORKS: Mapping[str, Callable[[], Model]] = {
    "blocks": blocks,
    "cells": cells,
    "crossed": crossed,
    "hidden": hidden,
    "joined": joined,
    "large": lambda: joined(20),
    "planes": planes,
    "real_parts": real_parts,
    "side_by_side": side_by_side,
    "skipping": skipping,
    "strange": strange,
    "transistor_grid": transistor_grid,
    "webs": webs,
    "wired_cell": lambda: cells(Wires(1.0, 2.0), n_rows=1, n_columns=1),
    "wired_cells": lambda: cells(Wires(1.0, 2.0)),
    "wired_rows": lambda: cells(Wires(1.0, 0)),
}
