"""Recordings of published networks of transistors, see tests/data/cclln/README.md."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.support.project import ROOT
from tests.support.recorded_updates import body_of, branches_of


def card(device: Mapping[str, float]) -> dict[str, float]:
    """Return the words of a model from a recording's, whose names end in units."""
    units = ("_ohm_per_square", "_A_per_V2", "_sqrtV", "_per_V", "_V", "_A", "_m", "")
    words = {}
    for key, value in device.items():
        unit = next(unit for unit in units if key.endswith(unit))
        words[key.removesuffix(unit).lower()] = value
    return words


def points_of(name: str, *, most: int = 16) -> dict[str, Any]:
    """Return the operating points of a recorded training, each with the gates it was found at.

    Args:
        name: Of its file, without the suffix.
        most: Records that are returned at the most.
    """
    content = json.loads((ROOT / "tests" / "data" / "cclln" / f"{name}.json").read_text())
    circuit = content["circuit"]
    rails = circuit.get("fixed_sources_V", {})
    outputs = circuit.get("output_nodes") or circuit["outputs"]
    edges = branches_of(circuit)
    gates = np.broadcast_to(np.asarray(content["initial_gates"]["V"], dtype=float), len(edges))
    records = []
    for record in (content.get("updates") or content["records"])[:most]:
        inputs = zip(circuit["input_nodes"], record["input_V"], strict=True)
        own: dict[str, Any] = {
            "gates_V": gates,
            "fixed_V": {str(node): volts for node, volts in inputs} | rails,
            "free": {
                "sources_V": record["clamp_source_during_free_V"],
                "voltages_V": record["free_V"],
            },
        }
        if not record.get("skipped"):
            own["clamped"] = _clamped(record, outputs)
            gates = np.clip(gates + record["gate_change_V"], *content["rule"]["gate_clip_V"])
        records.append(own)
    kept = ("nodes", "free_resistance_ohm", "clamp_resistance_ohm", "gmin_S", "gshunt_S")
    return {key: circuit[key] for key in kept} | {
        # What is text there counts for nothing.
        "device": {word: x for word, x in content["device"].items() if isinstance(x, float)},
        "edges_drain_source": edges,
        "outputs": outputs,
        "body": body_of(circuit["body"]),
        "records": records,
    }


def _clamped(record: Mapping[str, Any], outputs: Sequence[int]) -> dict[str, Any]:
    closed = record.get("clamped_outputs", outputs)
    sources = record.get("unclamped_sources_during_clamp_V", [0.0] * len(outputs))
    goal = dict(zip(outputs, sources, strict=True))
    goal |= dict(zip(closed, record["clamp_target_V"], strict=True))
    return {
        "sources_V": [goal[node] for node in outputs],
        "closed": [node in closed for node in outputs],
        "voltages_V": record["clamped_V"],
    }
