"""The circuit: element arrays over numbered nodes, its checks, and Kirchhoff's laws on it."""

from ebana_core.circuit.circuit import GROUND, Circuit, CircuitBuilder
from ebana_core.circuit.converter import Converter
from ebana_core.circuit.elements import (
    Amplifiers,
    Branches,
    Clamps,
    Constant,
    Crossbar,
    CurrentSources,
    Element,
    ElementArray,
    Input,
    Parameter,
    TerminalDevices,
    Value,
    VoltageSources,
    resolve,
)

__all__ = [
    "GROUND",
    "Amplifiers",
    "Branches",
    "Circuit",
    "CircuitBuilder",
    "Clamps",
    "Constant",
    "Converter",
    "Crossbar",
    "CurrentSources",
    "Element",
    "ElementArray",
    "Input",
    "Parameter",
    "TerminalDevices",
    "Value",
    "VoltageSources",
    "resolve",
]
