"""Recorded trainings of networks of transistors, and the models that repeat them."""

import json
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from ebana_diode_mos import TransistorNetworkLayer

from ebana_core import Model, losses
from ebana_core.arrays import Array, IntArray
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    InputVoltageLayer,
    Layer,
    SenseLayer,
)
from ebana_core.rules import DropSquared, Samples
from tests.support.project import ROOT

SIZES = {"l": 7.8e-6, "w": 1.38e-4, "nrd": 0.3, "nrs": 1.0}
WORDS = {
    "vto": "VTO_V",
    "gamma": "GAMMA_sqrtV",
    "phi": "PHI_V",
    "kp": "KP_A_per_V2",
    "lambda": "LAMBDA_per_V",
    "rsh": "RSH_ohm_per_square",
    "is": "IS_A",
}


@attrs.frozen(eq=False)
class Recorded:
    """A recording, and the model at its first values.

    Args:
        content: Of the file.
        model: Its network.
        loss: Says what is clamped.
        rule: Makes the updates.
        places: Place in a record of each node that the network creates.
        rails: Place of each node that is sensed.
    """

    content: dict[str, Any]
    model: Model
    loss: losses.Loss
    rule: DropSquared
    places: IntArray
    rails: IntArray

    @property
    def records(self) -> list[dict[str, Any]]:
        """What was recorded of each sample, in order."""
        found: list[dict[str, Any]] = self.content.get("updates") or self.content["records"]
        return found

    def samples(self, record: dict[str, Any]) -> Samples:
        """Return the sample of a record."""
        if "label" in record:
            target = np.eye(len(record["scores_V"]))[[record["label"]]]
        else:
            target = np.array([[record["target_V"]]])
        return Samples(
            inputs={"x": np.array([record["input_V"]], dtype=float)},
            targets={"out": target},
            losses={"out": self.loss},
        )


def recorded(name: str, *, is_open: bool = False) -> Recorded:
    """Return a recording.

    Args:
        name: Of its file, without the suffix.
        is_open: Clamps have the resistance of open ones: for sources that are not at 0 V then.
    """
    content = json.loads((ROOT / "tests" / "data" / "cclln" / f"{name}.json").read_text())
    circuit, rule = content["circuit"], content["rule"]
    outputs = _outputs(circuit)
    rails = {int(node): volts for node, volts in circuit.get("fixed_sources_V", {}).items()}
    x = InputVoltageLayer(units=len(circuit["input_nodes"]), name="x")
    sources: list[Layer] = [x]
    sources += [
        BiasVoltageLayer(units=1, name=f"b{node}", bias_voltage=volts)
        for node, volts in rails.items()
    ]
    network = TransistorNetworkLayer(
        name="net",
        branches=branches_of(circuit),
        inputs=[*circuit["input_nodes"], *rails],
        outputs=outputs,
        model={"type": "nmos"} | {word: content["device"][key] for word, key in WORDS.items()},
        param=SIZES,
        body=body_of(circuit["body"]),
        initializer=content["initial_gates"]["V"],
        lower=rule["gate_clip_V"][0],
        upper=rule["gate_clip_V"][1],
        lr=rule["gamma_per_V"],
    )(ConcatenateLayer(name="j")(sources) if rails else x)
    is_folded = len(outputs) == 20 or "second output" in circuit.get("output_meaning", "")
    sense, clamp = circuit["free_resistance_ohm"], circuit["clamp_resistance_ohm"]
    if is_open:
        sense, clamp = 2 * sense, sense
    out = SenseLayer(name="out", fold=is_folded, sense_resistance=sense, clamp_resistance=clamp)(
        network
    )
    model = Model(sources, [out], seed=0, gmin=circuit["gmin_S"], shunt=circuit["gshunt_S"])
    place = {node: number for number, node in enumerate(circuit["nodes"])}
    return Recorded(
        content,
        model,
        losses.MSE() if "eta" in rule else losses.Hinge(rule["margin_V"]),
        # Rails are moved by half of what a score moves, here by half of delta each.
        DropSquared(rule["eta"] if "eta" in rule else rule["delta_V"] * (1 + is_folded)),
        np.array([place[node] for node in network.own_nodes]),
        np.array([place[node] for node in outputs]),
    )


def _outputs(circuit: dict[str, Any]) -> list[int]:
    outputs: list[int] = circuit.get("output_nodes") or circuit["outputs"]
    if len(outputs) < 20:
        return outputs
    # Ten rails to be lifted, then ten to be lowered: a prediction is between neighbours here.
    return [rail for pair in zip(outputs[:10], outputs[10:], strict=True) for rail in pair]


def branches_of(circuit: dict[str, Any]) -> Sequence[tuple[int, int]]:
    """Return drain and source of each recorded transistor."""
    if "edge_drain" in circuit:
        return list(zip(circuit["edge_drain"], circuit["edge_source"], strict=True))
    if isinstance(circuit["edges_drain_source"], list):
        return [(drain, source) for drain, source in circuit["edges_drain_source"]]
    return [(pixel, rail) for pixel in circuit["input_nodes"] for rail in circuit["outputs"]]


def body_of(text: str) -> str:
    """Return what bodies are tied to, as layers name it."""
    known = {"ground (node 0)": "ground", "tied to the drain": "drain", "its own node": "floating"}
    return next(body for start, body in known.items() if text.startswith(start))


def volts(record: dict[str, Any], key: str, places: IntArray) -> Array:
    """Return recorded voltages of some nodes, V."""
    return np.asarray(record[key], dtype=float)[places]
