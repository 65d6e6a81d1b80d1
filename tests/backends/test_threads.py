"""Threads that share a model, or the library of ngspice, never get each other's answers."""

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, initializers
from ebana_core.arrays import Array
from ebana_core.backends import Backend, NativeBackend, NgspiceBackend, OperatingPoints
from ebana_core.backends.turns import turn
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer

BACKENDS = [
    NativeBackend(compiled=False),
    pytest.param(NgspiceBackend(), marks=pytest.mark.ngspice),
]
N_THREADS = 4
ROUNDS = 8
INPUTS = np.random.default_rng(0).normal(size=(5, 2))
# Different answers differ by more than 1e-2 V; both backends solve to 1e-12 V.
APART = 1e-9


def network(seed: int = 0, *, kind: str = "antiparallel") -> Model:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(
        units=2, name="d", trainable=True, lr=1e-9, initializer=initializers.LogUniform(1e-6, 1e-4)
    )(x)
    direction = None if kind == "antiparallel" else "down"
    d = DiodeLayer(name="q", kind=kind, direction=direction)(d)
    d = AmplificationLayer(name="a", param={"gain": 2.0, "shift": 0.0})(d)
    d = DenseLayer(units=1, name="o", initializer=initializers.LogUniform(1e-6, 1e-4))(d)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=seed)


def wrong_answers(works: list[Callable[[], Array]], right: list[Array]) -> int:
    """Run each work in a thread of its own, round by round; count answers that are not right."""
    apart: list[float] = []
    errors: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Array], expected: Array) -> None:
        gate.wait()
        for _ in range(ROUNDS):
            try:
                apart.append(float(np.abs(work() - expected).max()))
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(works, right, strict=True)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads meet in every line, not once in a run
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert not errors, errors
    assert len(apart) == ROUNDS * len(works)
    return sum(value > APART for value in apart)


@pytest.mark.parametrize("backend", BACKENDS, ids=repr)
def test_threads_with_other_inputs_share_a_model(backend: Backend) -> None:
    model = network()

    def solve(scale: int) -> Array:
        return model.operating_points({"x": INPUTS * scale}, backend=backend).node_voltages

    works = [lambda scale=scale: solve(scale) for scale in range(1, N_THREADS + 1)]
    assert wrong_answers(works, [work() for work in works]) == 0


@pytest.mark.parametrize("backend", BACKENDS, ids=repr)
@pytest.mark.parametrize("changed", ["d.conductance", "a.gain", "q.a"])
def test_threads_with_other_parameters_share_a_simulator(backend: Backend, changed: str) -> None:
    model = network()
    simulator, values = model.simulator(backend), model.parameters.snapshot()
    sets = [{**values, changed: values[changed] * (1 + k)} for k in range(N_THREADS)]

    def nudged(parameters: dict[str, Array]) -> Array:
        free = simulator.operating_points(parameters, {"x": INPUTS})
        nudge = {"y": np.full((len(INPUTS), 1), 1e-7)}
        points = simulator.operating_points(parameters, {"x": INPUTS}, nudge, free)
        return np.concatenate([free.node_voltages, points.node_voltages])

    works = [lambda own=own: nudged(own) for own in sets]
    right = [work() for work in works]
    assert np.abs(right[0] - right[1]).max() > 1e3 * APART
    assert wrong_answers(works, right) == 0


@pytest.mark.parametrize("backend", BACKENDS, ids=repr)
def test_threads_solve_models_of_their_own(backend: Backend) -> None:
    models = [network(seed, kind=kind) for seed in (0, 1) for kind in ("antiparallel", "real")]
    works = [
        lambda model=model: model.operating_points({"x": INPUTS}, backend=backend).node_voltages
        for model in models
    ]
    assert wrong_answers(works, [work() for work in works]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("backend", BACKENDS, ids=repr)
def test_a_child_that_is_forked_while_a_thread_solves_solves_too(backend: Backend) -> None:
    model, stop = network(), threading.Event()
    right = model.operating_points({"x": INPUTS}, backend=backend).node_voltages

    def keep_solving() -> None:
        while not stop.is_set():
            model.operating_points({"x": 2 * INPUTS}, backend=backend)

    thread = threading.Thread(target=keep_solving)
    thread.start()
    try:
        for _ in range(5):
            assert forked(lambda: model.operating_points({"x": INPUTS}, backend=backend), right)
    finally:
        stop.set()
        thread.join()


def forked(work: Callable[[], OperatingPoints], right: Array) -> bool:
    """Tell whether a forked child finds the right voltages within ten seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads beside it are the point
        child = os.fork()
    if not child:
        signal.alarm(10)  # ends a child that waits for ever
        is_right = np.abs(work().node_voltages - right).max() < APART
        os._exit(0 if is_right else 1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_does_not_wait_for_a_thread_that_waits_for_it() -> None:
    """A simulator that asks another one within its turn, while the process forks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            signal.alarm(10)  # ends a process that waits for ever
            # Some twenty pairs of locks stand in any order, right or wrong, in a hashed set.
            pairs = [(turn(), turn()) for _ in range(20)]
            ready = threading.Barrier(len(pairs) + 1)
            for pair in pairs:
                threading.Thread(target=_one_in_the_other, args=(*pair, ready)).start()
            ready.wait()
            if grandchild := os.fork():
                os.waitpid(grandchild, 0)
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def _one_in_the_other(outer: Any, inner: Any, ready: threading.Barrier) -> None:
    with outer:
        ready.wait()
        time.sleep(0.1)  # the fork begins meanwhile
        with inner:
            pass
