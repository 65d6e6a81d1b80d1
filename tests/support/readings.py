"""What the program ngspice itself says of its devices at an operating point."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

OPTIONS = ".options gmin=1e-15 epsmin=1e-60 reltol="


def readings(
    lines: Sequence[str], wanted: Sequence[str], *, reltol: float = 1e-3
) -> dict[str, float]:
    """Return readings such as ``@d1[id]`` at the operating point of a netlist.

    A device's own readings belong to each other to the last digit, however well the circuit
    around it is solved.

    Args:
        lines: Elements and models.
        wanted: Names of readings, in lower case.
        reltol: How well the circuit is solved; diodes fit their breakdown to it.
    """
    with tempfile.TemporaryDirectory() as folder:
        deck, raw = Path(folder, "x.cir"), Path(folder, "x.raw")
        saved = [f".save {name}" for name in wanted]
        deck.write_text("\n".join(["* x", *lines, f"{OPTIONS}{reltol}", ".op", *saved, ".end", ""]))
        command = ["ngspice", "-b", "-r", str(raw), str(deck)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if not raw.exists():
            raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
        head, _, body = raw.read_bytes().partition(b"Binary:\n")
    names = re.findall(r"^\t\d+\t(\S+)\t", head.decode(), re.MULTILINE)
    values = np.frombuffer(body, dtype=np.float64)[: len(names)]
    found = {name.lower(): float(value) for name, value in zip(names, values, strict=True)}
    return {name: _found(found, name) for name in wanted}


def _found(found: dict[str, float], name: str) -> float:
    """Return a reading; ngspice writes those of currents as ``i(@d1[id])`` and so on."""
    return (
        found[name]
        if name in found
        else found[f"i({name})" if f"i({name})" in found else f"v({name})"]
    )
