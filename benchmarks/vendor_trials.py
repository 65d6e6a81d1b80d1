"""One device or subcircuit of a model file, solved by one backend, in a process of its own.

Every device is driven through three conductances at once by 41 voltages. A process that crashes
or takes too long is ended and another one takes its place.
"""

import multiprocessing
import os
import re
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.errors import ConvergenceError, EbanaError
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, SpiceBlock
from ebana_core.spice import read_library

CONDUCTANCES = (1e-2, 1e-4, 1e-6)
"""Conductance in series with the sources, S."""
N_VOLTAGES = 41
LARGEST_VOLTAGE = 10.0
"""Of the sources, V; diodes are also driven to 1.2 times their breakdown voltage."""
WITHOUT_EFFECT = frozenset(("mfg", "type", "iave", "vpk", "ipk", "cjo", "tt", "kf", "af"))
"""Words of diodes that change nothing at DC."""
SECONDS = 5.0
"""Of computing, within which an answer must come."""
LONGEST = 60.0
"""That an attempt is waited for, s: the machine may be busy, and a new process imports first."""
BACKENDS: dict[str, Backend] = {"native": NativeBackend(), "ngspice": NgspiceBackend()}
TERMINALS = {
    "m": ("d", "g", "s", "b"),
    "q": ("c", "b", "e"),
    "j": ("d", "g", "s"),
}
TYPES = {"nmos": "m", "pmos": "m", "npn": "q", "pnp": "q", "njf": "j", "pjf": "j", "d": "d"}
"""Type of a model to the letter of its device."""


@attrs.frozen
class Trial:
    """What is tried.

    Args:
        path: The file.
        kind: ``d``, ``m``, ``q``, ``j``, or ``x`` for a subcircuit.
        name: Of the model or subcircuit.
    """

    path: str
    kind: str
    name: str


def drive(trial: Trial, n_ports: int) -> Array:
    """Return the voltages of the sources, V. Shape ``(N_VOLTAGES, n_ports)``."""
    if trial.kind != "d":
        rng = np.random.default_rng(0)
        return rng.uniform(-LARGEST_VOLTAGE / 2, LARGEST_VOLTAGE / 2, (N_VOLTAGES, n_ports))
    breakdown = dict(read_library(trial.path).model(trial.name).numbers).get("bv", 0.0)
    lowest = max(LARGEST_VOLTAGE, 1.2 * breakdown) if breakdown < 1e4 else LARGEST_VOLTAGE
    return np.linspace(-lowest, LARGEST_VOLTAGE, N_VOLTAGES)[:, None]


def build(trial: Trial) -> Model:
    """Return the circuit of a trial."""
    if trial.kind == "d":
        x = InputVoltageLayer(units=1, name="x")
        given = Given(np.array([CONDUCTANCES]))
        driven = DenseLayer(units=len(CONDUCTANCES), name="driven", initializer=given)(x)
        card = {"model_name": trial.name, "path": trial.path}
        device = DiodeLayer(name="device", kind="real", direction="down", param=card)(driven)
    else:
        library = read_library(trial.path)
        block: Any = library.subcircuit(trial.name) if trial.kind == "x" else _wrapped(trial)
        ports = block.ports if trial.kind == "x" else TERMINALS[trial.kind]
        return _behind_conductances(block, ports)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(device)], seed=0)


def _behind_conductances(block: Any, ports: tuple[str, ...]) -> Model:
    """Return a circuit of one block behind every conductance."""
    inputs, outputs = [], []
    for k, conductance in enumerate(CONDUCTANCES):
        name = f"x{k}"
        x = InputVoltageLayer(units=len(ports), name=name, source_resistance=1 / conductance)
        device = SpiceBlock(name=f"device{k}", subcircuit=block, inputs=ports)(x)
        inputs.append(x)
        outputs.append(CurrentLayer(name=f"y{k}", fold=False)(device))
    return Model(inputs=inputs, outputs=outputs, seed=0)


def _wrapped(trial: Trial) -> str:
    """Return a subcircuit of one transistor, in the file's own words."""
    ports = " ".join(TERMINALS[trial.kind])
    nodes = ports
    size = " w=10u l=10u" if trial.kind == "m" else ""
    line = own_words(trial)
    return f".subckt t {ports}\n{trial.kind}1 {nodes} {trial.name}{size}\n{line}\n.ends\n"


def own_words(trial: Trial) -> str:
    """Return the line of a model as its file says it."""
    top = read_library(trial.path).top
    return str(top.source.statement(top.models[trial.name][0].line).text)


def numeric_words(trial: Trial) -> str:
    """Return the line of a model without the words that are text, which ngspice exits on.

    A model that is "a kind of" another one is written out.
    """
    line, model = own_words(trial), read_library(trial.path).model(trial.name)
    if re.search(r"(?i)\bako:", line):
        numbers = " ".join(f"{word}={value!r}" for word, value in model.numbers)
        return f".model {trial.name} d({numbers})"
    for word, text in model.texts:
        said = rf"\s*=\s*{re.escape(text)}" if text else ""
        line = re.sub(rf"(?i)\b{re.escape(word)}{said}(?=[\s,)]|$)", " ", line)
    return line


def attempt(trial: Trial, backend: str) -> dict[str, Any]:
    """Return what a backend makes of a trial: outcome, seconds of computing, voltages if solved."""
    started = time.process_time()
    found: dict[str, Any]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = build(trial)
            shapes = model.network.shapes
            sources = {name: shapes[name][0] for name in shapes if name.startswith("x")}
            devices = [name for name in shapes if name.startswith("device")]
            inputs = drive(trial, sum(sources.values()))
            parts = np.split(inputs, np.cumsum(list(sources.values()))[:-1], axis=1)
            given = dict(zip(sources, parts, strict=True))
            points = model.operating_points(given, BACKENDS[backend])
        found = {
            "outcome": "solved",
            "voltages": np.concatenate([points.at(name) for name in devices], axis=1),
            "inputs": inputs,
            "residual": points.residual,
        }
    except ConvergenceError as error:
        found = {"outcome": "not solved", "reason": str(error)}
    except EbanaError as error:
        found = {"outcome": "refused", "reason": f"{type(error).__name__}: {error.problem}"}
    except Exception as error:  # a bare error is what the trial has to tell
        found = {"outcome": "bare error", "reason": f"{type(error).__name__}: {error}"}
    return {**found, "seconds": time.process_time() - started}


def _serve(pipe: Connection) -> None:
    while True:
        trial, backend = pipe.recv()
        pipe.send(attempt(trial, backend))


class Worker:
    """A process that makes attempts, replaced where it crashes or hangs."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._begin()

    def _begin(self) -> None:
        self._pipe, other = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def attempt(self, trial: Trial, backend: str) -> dict[str, Any]:
        """Return what a backend makes of a trial, in bounded time."""
        self._pipe.send((trial, backend))
        try:
            if self._pipe.poll(LONGEST):
                found: dict[str, Any] = self._pipe.recv()
                if found["seconds"] > SECONDS:
                    found["slow"] = True
                return found
            found = {"outcome": f"beyond {LONGEST:g} s", "reason": "", "seconds": 0.0}
        except (EOFError, OSError):
            found = {"outcome": "crashed", "reason": "", "seconds": 0.0}
        self.close()
        self._begin()
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def distinct(tried: Sequence[Trial]) -> dict[Trial, int]:
    """Return one trial of those that say the same, with how many there are.

    Models are the same where their lines are but for names and words without effect at DC.
    """
    first: dict[tuple[str, str], Trial] = {}
    counts: Counter[Trial] = Counter()
    for trial in tried:
        counts[first.setdefault((trial.kind, _said(trial)), trial)] += 1
    return dict(counts)


def _said(trial: Trial) -> str:
    """Return what a trial is of, without its name."""
    if trial.kind == "x":
        return f"{trial.path} {trial.name}"
    try:
        own = read_library(trial.path).model(trial.name)
        if trial.kind == "d" and not {word for word, _ in own.texts} - WITHOUT_EFFECT:
            numbers = (item for item in own.numbers if item[0] not in WITHOUT_EFFECT)
            return repr(sorted(numbers))
        return re.sub(r"[\s,()+=]+", " ", own_words(trial).lower()).split(" ", 2)[2]
    except (EbanaError, IndexError):
        return f"{trial.path} {trial.name}"


def trials(folder: str | os.PathLike[str], kinds: str) -> list[Trial]:
    """Return all models and subcircuits of the files of a folder, each definition once a file."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if not path.is_file() or path.stat().st_size > 1 << 24 or path.suffix in (".py", ".md"):
            continue
        try:
            library = read_library(path)
        except EbanaError:
            continue
        for type_, letter in TYPES.items():
            if letter in kinds:
                found += [Trial(str(path), letter, name) for name in library.model_names(type_)]
        if "x" in kinds:
            found += [Trial(str(path), "x", name) for name in library.subcircuit_names]
    return found
