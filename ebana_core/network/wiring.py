"""The circuit as plain data: what joins the voltages, values and currents of a run file."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    Constant,
    Crossbar,
    Element,
    ElementArray,
    Input,
    Parameter,
    TerminalDevices,
    Value,
    VoltageSources,
)
from ebana_core.circuit.senses import SenseResistors


def wiring(circuit: Circuit) -> dict[str, Any]:
    """Return nodes and elements as plain data; an element names its nodes by their number."""
    return {
        "nodes": list(circuit.node_names),
        "gmin": circuit.gmin,
        "elements": {element.name: _element(element) for element in circuit.elements},
    }


def _element(element: Element) -> dict[str, Any]:
    return {"layer": element.layer, **_ends(element), **_values(element)}


def _ends(element: Element) -> dict[str, Any]:
    """Return the nodes of an element, by what they are to it."""
    if isinstance(element, ElementArray):
        topology = element.topology
        names = ("rows", "columns") if isinstance(topology, Crossbar) else ("heads", "tails")
        ends = {name: getattr(topology, name).tolist() for name in names}
        clamp = element.clamp_resistance if isinstance(element, SenseResistors) else None
        resistance = {} if clamp is None else {"clamp_resistance": clamp}
        return {"law": type(element.law).__name__, **ends, **resistance}
    if isinstance(element, TerminalDevices):
        return {"law": type(element.law).__name__, "terminals": element.nodes.tolist()}
    if isinstance(element, Amplifiers):
        return {"inputs": element.inputs.tolist(), "outputs": element.outputs.tolist()}
    if isinstance(element, Clamps):
        return {"nodes": element.nodes.tolist(), "is_upper": np.asarray(element.is_upper).tolist()}
    return {"heads": element.heads.tolist(), "tails": element.tails.tolist()}


def values_of(element: Element) -> Mapping[str, Value]:
    """Return the values of an element, by what they are to it."""
    if isinstance(element, ElementArray | TerminalDevices):
        return element.values
    if isinstance(element, Amplifiers):
        return {"gain": element.gain, "shift": element.shift}
    if isinstance(element, Clamps):
        return {"bound": element.bound}
    return {"voltage": element.voltage} if isinstance(element, VoltageSources) else {}


def _values(element: Element) -> dict[str, Any]:
    found = {name: _value(value) for name, value in values_of(element).items()}
    return {"values": found} if found else {}


def _value(value: Value) -> dict[str, Any]:
    match value:
        case Constant(array=array):
            return {"constant": np.asarray(array).tolist()}
        case Parameter(name=name, index=index, devices=devices):
            return {
                "parameter": name,
                **_places(index, "index", "flat"),
                **_places(devices, "devices", "all_devices"),
            }
        case Input(name=name):
            return {"input": name}


def _places(numbers: IntArray | slice | None, listed: str, whole: str) -> dict[str, Any]:
    """Return which entries are taken: none told, all in their order, or those of a list."""
    if numbers is None:
        return {}
    return {listed: numbers.tolist()} if isinstance(numbers, np.ndarray) else {whole: True}
