"""Netlists of other simulators, read by their grammars and solved by the program ngspice.

A file of LTspice runs as it stands in ngspice's mode for it. Xyce and Spectre cannot be had: their
files are read line by line by what their reference guides say, anything else is an error, and what
was read is written for ngspice.
"""

import re
import subprocess
from pathlib import Path

import numpy as np

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
NAME = r"[a-zA-Z_]\w*"
SETTINGS = rf"(?: {NAME}={NUMBER})*"
NODE = r"\w+"

XYCE = [
    rf"[rcli]{NODE} {NODE} {NODE} {NUMBER}",
    rf"v{NODE} {NODE} {NODE} {NUMBER}",
    rf"[eg]{NODE} {NODE} {NODE} {NODE} {NODE} {NUMBER}",
    rf"[fh]{NODE} {NODE} {NODE} v{NODE} {NUMBER}",
    rf"b{NODE} {NODE} {NODE} [iv]={{(?P<formula>[^{{}}]+)}}",
    rf"d{NODE} {NODE} {NODE} {NAME}(?: {NUMBER})?{SETTINGS}",
    rf"m{NODE}(?: {NODE}){{4}} {NAME}{SETTINGS}",
    rf"q{NODE}(?: {NODE}){{4}} {NAME}(?: {NUMBER})?{SETTINGS}",
    rf"j{NODE}(?: {NODE}){{3}} {NAME}(?: {NUMBER})?{SETTINGS}",
    rf"\.model {NAME} (?:d|nmos|pmos|npn|pnp|njf|pjf)\((?:{NAME}={NUMBER} ?)*\)",
    rf"\.options (?:device|nonlin)(?: {NAME}={NUMBER})+",
    r"\.op",
    r"\.print dc format=csv precision=\d+ v\(\*\)",
    r"\.end",
]
"""Lines of Xyce, after its reference guide: devices, .MODEL, .OPTIONS, .OP, .PRINT, .END.

An F or H source may name an independent voltage source alone."""

FUNCTIONS = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh exp floor if ln log10 max min sin sinh "
    "sqrt tan tanh v"
)
TOKEN = re.compile(
    rf"\s*(?:(?P<number>{NUMBER[5:]})|(?P<name>{NAME})|(?P<sign>\*\*|<=|>=|[-+*/(),<>?:]))"
)


def check_formula(text: str, functions: str = FUNCTIONS) -> None:
    """Refuse a formula of other signs and functions than a simulator documents."""
    place, depth = 0, 0
    while place < len(text):
        found = TOKEN.match(text, place)
        assert found, f"{text[place : place + 30]!r} in {text!r}"
        place = found.end()
        if found["name"] and text[place : place + 1] == "(":
            assert found["name"] in functions.split(), found["name"]
        depth += {"(": 1, ")": -1}.get(found["sign"] or "", 0)
    assert depth == 0


def ngspice_of_xyce(text: str) -> str:
    """Return a file of Xyce as ngspice reads it; anything that Xyce's grammar lacks is an error."""
    title, *lines = text.splitlines()
    assert title.startswith("*")
    written = [title]
    for line in lines:
        found = next((m for rule in XYCE if (m := re.fullmatch(rule, line))), None)
        assert found, line
        if line.startswith(".print"):
            continue
        if "formula" in found.groupdict():
            check_formula(found["formula"])
            line = line.replace("{", "").replace("}", "").replace("if(", "ternary_fcn(")
        line = re.sub(r"\.options (?:device|nonlin)", ".options", line)
        if line.startswith(".model") and " d(" in line:
            line = re.sub(r"level=\S+ ?", "", line)
        written.append(line)
    return "\n".join(written) + "\n"


SPECTRE = {
    "resistor": ("r", 2, ("r",)),
    "capacitor": ("c", 2, ("c",)),
    "inductor": ("l", 2, ("l",)),
    "vsource": ("v", 2, ("dc",)),
    "isource": ("i", 2, ("dc",)),
    "vcvs": ("e", 4, ("gain",)),
    "vccs": ("g", 4, ("gm",)),
    "cccs": ("f", 2, ("probe", "gain")),
    "ccvs": ("h", 2, ("probe", "rm")),
}
"""Component to SPICE's letter, to its number of nodes, and to its parameters in SPICE's order."""
INSTANCE = re.compile(rf"X_({NODE}) \(({NODE}(?: {NODE})*)\) ({NAME})((?: {NAME}=\S+)*)")
MODEL = re.compile(rf"model ({NAME}) (diode|mos1|bjt|jfet)((?: {NAME}=\S+)*)")
DIODE = "is n rs eg xti tnom dskip"
COMPONENTS = {
    "diode": ("d", {"": "d"}, 2),
    "mos1": ("m", {"n": "nmos", "p": "pmos"}, 4),
    "bjt": ("q", {"npn": "npn", "pnp": "pnp"}, 4),
    "jfet": ("j", {"n": "njf", "p": "pjf"}, 3),
}


def ngspice_of_spectre(text: str) -> str:
    """Return a file of Spectre as ngspice reads it; what its reference lacks is an error."""
    title, language, ground, options, *lines = text.splitlines()
    assert (title[:2], language, ground) == ("//", "simulator lang=spectre", "global 0")
    assert re.fullmatch(rf"tight options(?: {NAME}={NUMBER})+ save=allpub", options)
    gmin = re.search(rf"gmin=({NUMBER})", options)
    assert gmin
    assert lines[-1] == "point dc"
    known = {found[1]: found[2] for line in lines if (found := MODEL.fullmatch(line))}
    written = [f"* {title[3:]}", f".options reltol=1e-9 vntol=1e-13 abstol=1e-13 gmin={gmin[1]}"]
    for line in lines[:-1]:
        written.append(_model(line) if line.startswith("model") else _instance(line, known))
    return "\n".join([*written, ".op", ".end", ""])


def _model(line: str) -> str:
    found = MODEL.fullmatch(line)
    assert found, line
    words = dict(word.split("=") for word in found[3].split())
    kind = COMPONENTS[found[2]][1][words.pop("type", "")]
    words.pop("dskip", None)
    assert found[2] != "diode" or set(words) <= set(DIODE.split())
    return f".model {found[1]} {kind}({' '.join(f'{k}={v}' for k, v in words.items())})"


def _instance(line: str, models: dict[str, str]) -> str:
    if " bsource " in line:
        formula = line.partition(" bsource ")[2]
        kind, _, expression = formula.partition("=")
        check_formula(expression, FUNCTIONS.replace("if ln", "log"))
        found = re.match(rf"X_({NODE}) \(({NODE} {NODE})\)", line)
        assert found, line
        assert kind in ("i", "v"), line
        return f"{found[1]} {found[2]} {kind}={expression}"
    found = INSTANCE.fullmatch(line)
    assert found, line
    name, nodes, component, rest = found.groups()
    words = dict(word.split("=") for word in rest.split())
    if component in models:
        letter, _, count = COMPONENTS[models[component]]
        words = {k: v if k != "trise" else str(27 + float(v)) for k, v in words.items()}
        own = [f"{'temp' if k == 'trise' else k}={v}" for k, v in words.items()]
        assert set(words) <= {"area", "trise", "w", "l", "ad", "as", "m"}
        values = [component, *own]
    else:
        letter, count, keys = SPECTRE[component]
        assert set(words) == set(keys), line
        values = [words[key].removeprefix("X_") for key in keys]
    assert (name[0], len(nodes.split())) == (letter, count), line
    return " ".join([name, nodes, *values])


def solved(text: str, folder: Path, *, mode: str = "") -> dict[str, float]:
    """Return node to voltage, as the program ngspice finds them.

    Args:
        text: A whole netlist.
        folder: Where files may be written.
        mode: For which other simulator ngspice reads it: ``"ltpsa"`` for LTspice.
    """
    (folder / ".spiceinit").write_text(f"set ngbehavior={mode}\n" if mode else "\n")
    (folder / "network.cir").write_text(text)
    command = ["ngspice", "-b", "-r", "out.raw", "network.cir"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    said = done.stdout + done.stderr
    assert "rror" not in said.replace("No errors", ""), said
    return read_raw((folder / "out.raw").read_bytes())


def read_raw(data: bytes) -> dict[str, float]:
    """Return the voltages of a raw file of one operating point."""
    head, _, body = data.partition(b"Binary:\n")
    listed = head.decode("latin-1").partition("Variables:\n")[2].split("\n")
    names = [line.split("\t")[2] for line in listed if line.strip()]
    values = np.frombuffer(body, dtype=np.float64, count=len(names))
    pairs = zip(names, values.tolist(), strict=True)
    return {name[2:-1]: value for name, value in pairs if name.startswith("v(")} | {"0": 0.0}
