"""What the program ngspice makes of a diode: where it finds the node, and what it carries there.

A sweep may end at false voltages where a diode is hard to find (volts off, with no word), and
between milliohms it rounds: a node of 30 V behind 1 mΩ and 1 MΩ to microvolts. So an answer counts
as right too where the currents that ngspice itself computes at that voltage balance.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.vendor_trials import CONDUCTANCES, N_VOLTAGES, SECONDS, Trial, numeric_words
from ebana_core.arrays import Array
from ebana_core.spice import read_library

OPTIONS = "reltol=1e-9 vntol=1e-12 abstol=1e-15 gmin=1e-15 itl1=500 itl2=500"
EPSMIN = 1e-28
"""A. Below it ngspice raises saturation currents, unless told, and leaves out knee currents."""
STEP = 1e-6
"""Over which the slope of a diode is measured, V."""
ROUNDINGS = 4 * float(np.finfo(float).eps)
"""Of the voltages beside a diode's resistance, relative."""


def swept(trial: Trial, inputs: Array) -> Array | None:
    """Return the voltages that a sweep finds, V, as those of a trial; None where it finds none."""
    low, high = float(inputs[0, 0]), float(inputs[-1, 0])
    lines = ["v1 in 0 0"]
    for k, conductance in enumerate(CONDUCTANCES):
        lines += [f"r{k} in n{k} {1 / conductance!r}", f"d{k} n{k} 0 {trial.name}"]
    step = (high - low) / (N_VOLTAGES - 1)
    lines += [f".dc v1 {low!r} {high + step / 2!r} {step!r}", ".save n0 n1 n2"]
    found = _run(trial, lines)
    n = len(CONDUCTANCES) + 1
    return None if found is None or found.size != n * N_VOLTAGES else found.reshape(-1, n)[:, 1:]


def misplaced(trial: Trial, inputs: Array, voltages: Array) -> Array:
    """Return how far voltages are from where ngspice's own currents balance, V.

    What ngspice's rounding beside the diode's resistance explains is subtracted. Not a number
    where ngspice finds no current.
    """
    flat = voltages.ravel()
    first = _carried(trial, flat)
    second = _carried(trial, flat + STEP)
    conductances = np.tile(CONDUCTANCES, len(inputs))
    left = first + conductances * (flat - np.repeat(inputs[:, 0], len(CONDUCTANCES)))
    slopes = np.maximum((second - first) / STEP, 0.0) + conductances
    numbers = dict(read_library(trial.path).model(trial.name).numbers)
    resistance = numbers.get("rs", 0.0) / numbers.get("area", 1.0)
    rounding = ROUNDINGS * np.abs(flat) / resistance if resistance else 0.0
    return (np.maximum(np.abs(left) - rounding, 0.0) / slopes).reshape(voltages.shape)


def _carried(trial: Trial, voltages: Array) -> Array:
    """Return the current of a diode at each voltage, A; not a number where ngspice finds none."""
    lines = ["vs s 0 0"]
    for k, voltage in enumerate(voltages):
        lines += [f"v{k} n{k} 0 {float(voltage)!r}", f"d{k} n{k} 0 {trial.name}"]
    saved = " ".join(f"i(v{k})" for k in range(len(voltages)))
    found = _run(trial, [*lines, ".dc vs 0 0 1", f".save {saved}"])
    if found is not None and found.size == len(voltages) + 1:
        return -found[1:]
    if len(voltages) == 1:
        return np.array([np.nan])
    half = len(voltages) // 2  # one that is not found fails all
    return np.concatenate([_carried(trial, part) for part in (voltages[:half], voltages[half:])])


def _run(trial: Trial, lines: Sequence[str]) -> Array | None:
    """Return the numbers of one analysis."""
    saturation = dict(read_library(trial.path).model(trial.name).numbers).get("is", 1e-14)
    options = OPTIONS if saturation > EPSMIN else f"{OPTIONS} epsmin=1e-300"
    text = ["* reference", *lines, numeric_words(trial), f".options {options}", ".end", ""]
    with tempfile.TemporaryDirectory() as folder:
        # Its last resort, a transient, hangs, and ends at voltages that are none.
        (Path(folder) / ".spiceinit").write_text("optran 0 0 0 0 0 0\n")
        (Path(folder) / "t.cir").write_text("\n".join(text))
        command = ["ngspice", "-b", "-r", "t.raw", "t.cir"]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, timeout=4 * SECONDS)
            raw = (Path(folder) / "t.raw").read_bytes()
        except (subprocess.TimeoutExpired, OSError):
            return None
    _, sign, numbers = raw.partition(b"Binary:\n")
    return np.frombuffer(numbers) if sign and len(numbers) % 8 == 0 else None
