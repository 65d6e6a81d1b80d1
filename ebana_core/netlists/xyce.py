"""The dialect of Xyce."""

from collections.abc import Sequence
from typing import final

from ebana_core.netlists.dialect import TITLE, SpiceDialect, Words
from ebana_core.netlists.elements import Controlled
from ebana_core.netlists.formulas import Formulas, Style
from ebana_core.netlists.models import BREAKDOWN, MINIMAL, RECOMBINATION, WARMING, Vocabulary
from ebana_core.spice.formatting import number

SECOND_LEVEL = RECOMBINATION - {"vj", "m", "fc"} | WARMING
"""Words that only Xyce's diode of level 2 has."""


@final
class Xyce(SpiceDialect):
    """Xyce, of the Sandia National Laboratories.

    Source:
        Xyce reference guide: "Nonlinear Dependent Source (B Source)", "Expressions", "Diode",
        "MOSFET", "Bipolar Junction Transistor", "JFET", ".DC", ".OP", ".OPTIONS", ".PRINT".
    """

    name = "xyce"
    formulas = Formulas(Style("if({},{},{})", "ln"))
    vocabulary = Vocabulary("Xyce", MINIMAL | BREAKDOWN | RECOMBINATION | WARMING)

    def head(self, gmin: float) -> Sequence[str]:
        return (
            f"* {TITLE}",
            f".options device gmin={number(gmin)}",
            ".options nonlin reltol=1e-9 abstol=1e-13",
        )

    def tail(self) -> Sequence[str]:
        # Of an operating point without a sweep, Xyce prints what is asked of a sweep.
        return (".op", ".print dc format=csv precision=15 v(*)", ".end")

    def controlled(self, element: Controlled, formula: str) -> str:
        return f"{element.name} {element.head} {element.tail} {element.kind}={{{formula}}}"

    def model(self, name: str, kind: str, words: Words) -> str:
        own = dict(words)
        if kind == "d":
            # Level 1 has no NBV of its own: its breakdown is as steep as N says.
            if own.get("nbv") == own.get("n", 1.0):
                del own["nbv"]
            own = {"level": 2.0 if {"nbv", *SECOND_LEVEL} & {*own} else 1.0, **own}
            if own["level"] == 2.0 and "bv" in own:
                own.setdefault("nbv", own.get("n", 1.0))
        else:
            own = {"level": 1.0, **own}
        return super().model(name, kind, own)
