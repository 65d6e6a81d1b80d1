"""The dialect of LTspice."""

from collections.abc import Sequence
from typing import final

from ebana_core.netlists.dialect import TITLE, SpiceDialect, Words
from ebana_core.netlists.elements import Controlled
from ebana_core.netlists.formulas import Formulas, Style
from ebana_core.netlists.models import BREAKDOWN, MINIMAL, RECOMBINATION, WARMING, Vocabulary
from ebana_core.spice.formatting import number


@final
class LTspice(SpiceDialect):
    """LTspice.

    Source:
        LTspice help: "B. Arbitrary Behavioral Voltage or Current Sources", "D. Diode", "J. JFET",
        "M. MOSFET", "Q. Bipolar transistor", ".OPTIONS".
    """

    name = "ltspice"
    formulas = Formulas(Style("if({},{},{})", "ln"))
    vocabulary = Vocabulary("LTspice", MINIMAL | BREAKDOWN | RECOMBINATION | WARMING)

    def head(self, gmin: float) -> Sequence[str]:
        tolerances = "reltol=1e-9 vntol=1e-13 abstol=1e-13 numdgt=15"
        return (f"* {TITLE}", f".options {tolerances} gmin={number(gmin)}")

    def tail(self) -> Sequence[str]:
        return (".op", ".end")

    def controlled(self, element: Controlled, formula: str) -> str:
        return f"{element.name} {element.head} {element.tail} {element.kind}={formula}"

    def model(self, name: str, kind: str, words: Words) -> str:
        leveled = {"level": 1.0, **words} if kind in ("nmos", "pmos") else words
        return super().model(name, kind, leveled)
