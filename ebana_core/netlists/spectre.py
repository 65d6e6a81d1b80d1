"""The dialect of Spectre."""

from collections.abc import Sequence
from typing import final

from ebana_core.laws.spice import (
    Capacitor,
    CurrentAmplifier,
    CurrentSource,
    Inductor,
    Resistor,
    Transconductance,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.netlists.devices import USUAL_CELSIUS, Device
from ebana_core.netlists.dialect import TITLE, Dialect, Words
from ebana_core.netlists.elements import Controlled, Plain
from ebana_core.netlists.formulas import Formulas, Style
from ebana_core.netlists.models import MINIMAL, Vocabulary
from ebana_core.spice.formatting import number

COMPONENTS = {
    "d": ("diode", ""),
    "nmos": ("mos1", "n"),
    "pmos": ("mos1", "p"),
    "npn": ("bjt", "npn"),
    "pnp": ("bjt", "pnp"),
    "njf": ("jfet", "n"),
    "pjf": ("jfet", "p"),
}
"""Type of a model in SPICE to Spectre's component, and to its `type`."""


@final
class Spectre(Dialect):
    """Spectre's own language.

    An instance is called as its element with an ``X_`` in front: a node may have the name of an
    element, and Spectre keeps one list of names. It tells capital letters apart.

    Source:
        Spectre circuit simulator reference: analyses and components `resistor`, `capacitor`,
        `inductor`, `vsource`, `isource`, `vcvs`, `vccs`, `cccs`, `ccvs`, `bsource`, `diode`,
        `mos1`, `bjt`, `jfet`, `options`, `dc`; built-in mathematical functions.
    """

    name = "spectre"
    formulas = Formulas(Style("(({})?({}):({}))", "log"))
    vocabulary = Vocabulary("Spectre", MINIMAL, charges=False)

    def head(self, gmin: float) -> Sequence[str]:
        tolerances = "reltol=1e-9 vabstol=1e-13 iabstol=1e-13"
        celsius = f"temp={number(USUAL_CELSIUS)} tnom={number(USUAL_CELSIUS)}"
        return (
            f"// {TITLE}",
            "simulator lang=spectre",
            "global 0",
            f"tight options {tolerances} gmin={number(gmin)} {celsius} save=allpub",
        )

    def tail(self) -> Sequence[str]:
        return ("point dc",)

    def plain(self, element: Plain) -> str:
        match element:
            case Resistor(name, head, tail, value):
                return _instance(name, (head, tail), "resistor", r=value)
            case Capacitor(name, head, tail, value):
                return _instance(name, (head, tail), "capacitor", c=value)
            case Inductor(name, head, tail, value):
                return _instance(name, (head, tail), "inductor", l=value)
            case VoltageSource(name, head, tail, value):
                return _instance(name, (head, tail), "vsource", dc=value)
            case CurrentSource(name, head, tail, value):
                return _instance(name, (head, tail), "isource", dc=value)
            case VoltageAmplifier(name, head, tail, one, other, gain):
                return _instance(name, (head, tail, one, other), "vcvs", gain=gain)
            case Transconductance(name, head, tail, one, other, gain):
                return _instance(name, (head, tail, one, other), "vccs", gm=gain)
            case CurrentAmplifier(name, head, tail, meter, gain):
                return f"{_instance(name, (head, tail), 'cccs', gain=gain)} probe=X_{meter}"
            case Transresistance(name, head, tail, meter, gain):
                return f"{_instance(name, (head, tail), 'ccvs', rm=gain)} probe=X_{meter}"
        raise self.refused(element)

    def controlled(self, element: Controlled, formula: str) -> str:
        return f"X_{element.name} ({element.head} {element.tail}) bsource {element.kind}={formula}"

    def device(self, device: Device, model: str) -> str:
        behind = dict(device.sizes)
        if device.area != 1:
            behind["area"] = device.area
        if device.celsius != USUAL_CELSIUS:
            behind["trise"] = device.celsius - USUAL_CELSIUS
        return _instance(device.name, device.nodes, model, **behind)

    def model(self, name: str, kind: str, words: Words) -> str:
        component, polarity = COMPONENTS[kind]
        typed = f"type={polarity} " if polarity else ""
        # Left alone, Spectre makes lines of a diode that carries little.
        exact = " dskip=no" if kind in ("d", "npn", "pnp") else ""
        written = " ".join(f"{key}={number(value)}" for key, value in words.items())
        return f"model {name} {component} {typed}{written}{exact}"


def _instance(name: str, nodes: Sequence[str], component: str, **settings: float) -> str:
    words = " ".join(f"{key}={number(value)}" for key, value in settings.items())
    return f"X_{name} ({' '.join(nodes)}) {component} {words}".rstrip()
