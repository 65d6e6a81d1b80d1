"""Text for ngspice, and how the text that comes back is judged."""

import locale
import re
from collections.abc import Iterable, Mapping, Sequence

from ebana_core.errors import CircuitError, ConvergenceError, EbanaError, SimulatorError

LONGEST_COMMAND = 1000
"""Bytes. ngspice copies a command into a buffer of 1,024 without a check."""

_HARMLESS_AT_LOAD = re.compile(r"(Note|Circuit):|Using \w+( [\d.]+)? as Direct Linear Solver|$")
_REFUSAL = re.compile(r"(?i)error|warning|aborted|not started|no such|too (few|many) args")
_OF_CHARGE = re.compile(
    r"(?im)^.*warning: .*(junction potential VJS? too large|grading coefficient too large"
    r"|depletion cap\. coefficient too large|parameter (fc|mj[ecs])\b.* limited"
    r"|coefficient Fc too large|(IKF|IKK) too small).*$"
)
"""Warnings about limits of a device's charge, which no operating point holds, and about knee
currents of zero, which mean that there is no knee.

Source:
    ngspice 39, src/spicelib/devices: dio/diotemp.c, dio/diosetup.c, bjt/bjttemp.c, jfet/jfettemp.c,
    jfet2/jfet2temp.c, vdmos/vdmosset.c.
"""
_SOLVER_TROUBLE = re.compile(
    r"(?i)stepping|transient op|singular|aborted|error|warning|not started|fatal|panic"
)
_NO_RESCUE = re.compile(
    r"(?i)source stepping|transient op|singular|aborted|error|not started|fatal|panic"
    r"|warning: (?!(further|last|dynamic|true) gmin)"
)
_NO_CONVERGENCE = re.compile(r"(?i)stepping|transient op|aborted|iterations")
_VECTOR = re.compile(r"[a-z0-9_.]{1,200}(#(branch|base))?")
_NOT_A_CIRCUIT = re.compile(r"(?im)^\s*(?:\.end(?!\S)|\.control|\*#|\*ng_script).*$")


def decoded(printed: Iterable[bytes]) -> list[str]:
    """Return printed lines as text, without the stream that ngspice puts before each."""
    lines = (line.decode("ascii", "replace") for line in printed)
    return [line.removeprefix("stdout ").removeprefix("stderr ") for line in lines]


def last_lines(lines: Sequence[str]) -> str:
    """Return the last lines that ngspice printed as one text for an error."""
    return " | ".join(line.strip() for line in lines[-6:]) or "it printed nothing"


def load_complaints(lines: Iterable[str]) -> list[str]:
    """Return the lines printed while a netlist was loaded that are more than notes."""
    return [line for line in lines if not _HARMLESS_AT_LOAD.match(line)]


def is_refused(lines: Iterable[str]) -> bool:
    """Return whether an interactive command failed, by the lines it printed."""
    return any(map(_REFUSAL.search, lines))


def has_solver_trouble(text: str) -> bool:
    """Return whether the text of an analysis tells of anything but plain convergence.

    Fallbacks count: after some of them ngspice leaves conductances on every node until the
    netlist is loaded again. So do warnings: "resistance to low, set to 1 mOhm" is one. Warnings
    of charge do not: an operating point holds none.
    """
    return _SOLVER_TROUBLE.search(_OF_CHARGE.sub("", text)) is not None


def is_rescued(text: str) -> bool:
    """Return whether a cold solve ended in the circuit as drawn, gmin stepping or not.

    Completed gmin stepping takes its conductances away again. Source stepping and the transient
    method leave some, and a singular matrix has no solution to step to.
    """
    return _NO_RESCUE.search(_OF_CHARGE.sub("", text)) is None


def solver_failure(title: str, lines: Sequence[str]) -> EbanaError:
    """Return the error for a circuit that ngspice could not solve, by what it printed."""
    text, end = "\n".join(lines), last_lines(lines)
    if "singular matrix" in text:
        named = next(line for line in lines if "singular matrix" in line)
        return CircuitError(
            f"The circuit {title!r} has no unique operating point: {named.strip()}.",
            "give every node a conductance to ground and break loops of voltage sources",
        )
    if _NO_CONVERGENCE.search(text):
        return ConvergenceError(
            f"ngspice found no operating point of {title!r}; its last lines: {end}.",
            "make the drive or the change between points smaller, or the devices less abrupt",
        )
    return SimulatorError(
        f"ngspice solved {title!r} only with complaints: {end}.",
        "correct the element that ngspice names",
    )


def checked_command(text: str) -> bytes:
    """Return one command in the form that ngspice takes.

    Raises:
        SimulatorError: The text is empty, too long, or more than one line.
    """
    readable = text.isascii() and text.isprintable()
    if not (readable and text.strip() and len(text) <= LONGEST_COMMAND):
        raise SimulatorError(
            f"{text[:60]!r} is not one ngspice command.",
            f"send one line of 1 to {LONGEST_COMMAND} printable ASCII characters",
        )
    return text.encode("ascii")


def options_text(options: Mapping[str, float]) -> str:
    """Return options as they stand behind ``.options`` and the command ``option``."""
    return " ".join(f"{name}={float(value)!r}" for name, value in options.items())


def vector_name(name: str) -> str:
    """Return ngspice's name of the vector of a node or a ``source#branch``.

    Raises:
        CircuitError: The name cannot stand in a netlist.
    """
    key = name.lower()
    if not _VECTOR.fullmatch(key):
        raise CircuitError(
            f"ngspice cannot save {name!r}.",
            "give a node name, or 'source#branch' for a current",
        )
    # ngspice calls the vector of node "1" V(1), and that of node "a" plainly a.
    return f"V({key})" if key[0].isdigit() else key


def without_end(lines: Sequence[str]) -> list[str]:
    """Return netlist lines without a closing ``.end``.

    Raises:
        CircuitError: There are no lines.
    """
    if not lines:
        raise CircuitError("The netlist is empty.", "give a title line and at least one element")
    return list(lines[:-1] if lines[-1].strip().lower() == ".end" else lines)


def check_netlist(lines: Sequence[str]) -> None:
    """Refuse lines that are not exactly one netlist, which ngspice would take without a word.

    It stops reading at the first ``.end``, and obeys commands (a shell among them) between
    ``.control`` lines and behind ``*#``.

    Raises:
        CircuitError: The lines are not one netlist, or hold commands.
    """
    if not lines or lines[-1].strip().lower() != ".end":
        raise CircuitError("The netlist does not close with '.end'.", "add '.end' as last line")
    text = "\n".join(lines)
    unwanted = _NOT_A_CIRCUIT.search(text, 0, len(text) - len(lines[-1]))
    if unwanted:
        raise CircuitError(
            f"The netlist holds {unwanted.group().strip()!r}, which is not part of a circuit.",
            "write elements, models and subcircuits only",
        )
    if not text.isascii() or "\0" in text or "\r" in text or text.count("\n") >= len(lines):
        raise CircuitError(
            f"The netlist {lines[0]!r} holds characters that ngspice cannot read.",
            "write every line as one string of printable ASCII characters",
        )


def check_locale() -> None:
    """Refuse a locale in which C code reads "0.5" as 0.

    Raises:
        SimulatorError: ``LC_NUMERIC`` has another decimal point.
    """
    point = locale.localeconv()["decimal_point"]
    if point != ".":
        raise SimulatorError(
            f"The process writes numbers with {point!r}, and ngspice would misread netlists.",
            'call locale.setlocale(locale.LC_NUMERIC, "C") first',
        )
