"""Solves a block on both simulators, and compares all its nodes."""

import warnings

import numpy as np

from ebana_core.backends import NativeBackend, NgspiceBackend, SeveralPointsWarning
from ebana_core.checking import checked_number, checked_whole
from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    Constant,
    ElementArray,
    Input,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.laws import Ohm
from ebana_core.layers import SpiceBlock
from ebana_core.layers.block_agreement import BlockCheck
from ebana_core.network.random_streams import checked_seed

CONDUCTANCE = 1e-4
"""Conductance in series with the sources that drive the ports, S."""
FED, DRIVEN = "check__fed", "check__driven"
"""Names that no layer can have."""


def check_block(block: SpiceBlock, n_samples: int, amplitude: float, seed: int) -> BlockCheck:
    """Solve blocks on both simulators; see `SpiceBlock.check`."""
    n_samples = checked_whole(n_samples, f"check of {block.name!r} has n_samples")
    fix = "give a finite voltage above zero"
    amplitude = checked_number(
        amplitude, f"check of {block.name!r} has amplitude", fix, above=0.0, unit="V"
    )
    seed = checked_seed(seed)
    builder = CircuitBuilder()
    n_blocks = max([1, *(np.size(number) for number in block.numbers.values())])
    shape = (n_blocks * len(block.inputs),)
    fed = builder.nodes(FED, shape)
    presented = block.build(builder, [fed])
    ends = np.concatenate([fed, presented]) if block.outputs else fed
    sources = builder.nodes(DRIVEN, (len(ends),))
    builder.add(
        VoltageSources(
            name=DRIVEN,
            layer=DRIVEN,
            heads=sources,
            tails=[GROUND] * len(ends),
            voltage=Input(DRIVEN),
        )
    )
    builder.add(
        ElementArray(
            name="check__behind",
            layer=DRIVEN,
            topology=Branches(sources, ends),
            law=Ohm(),
            values={"conductance": Constant(np.array(CONDUCTANCE))},
        )
    )
    compiled = compile_circuit(builder.circuit())
    rng = np.random.default_rng(seed)
    samples = {DRIVEN: rng.uniform(-amplitude, amplitude, (n_samples, len(ends)))}
    values = {
        block.parameter(item.quantity.name): np.asarray(item.draw(rng))
        for item in block.declarations([shape])
    }
    simulator = NgspiceBackend().compile(compiled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralPointsWarning)  # the result says it
        reference = simulator.as_found(values, samples)
        simulator.close()
    if block.law.refusal:
        return BlockCheck(block.name, n_samples, float("nan"), "", float("nan"), block.law.refusal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralPointsWarning)
        points = NativeBackend().compile(compiled).operating_points(values, samples)
    unusual = [
        stability.has_several | ~stability.is_stable
        for stability in (points.stability, reference.stability)
        if stability is not None
    ]
    apart = np.abs(points.node_voltages - reference.node_voltages).max(axis=0)
    worst = int(apart.argmax())
    return BlockCheck(
        block.name,
        n_samples,
        float(apart[worst]),
        points.circuit.node_names[worst],
        points.residual,
        "",
        int(np.any(unusual, axis=0).sum()) if unusual else 0,
    )
