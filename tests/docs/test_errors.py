"""The messages on the page of errors are those that are raised, and of the class that it names."""

import builtins
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, errors, losses, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.backends.ngspice import finder
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import EbanaError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    JoinLayer,
)
from ebana_core.registry import load_registry
from ebana_core.rules import EquilibriumPropagation
from tests.support.drafts import Draft
from tests.support.project import ROOT
from tests.support.spice_blocks import body, solved

PAGE = (ROOT / "docs" / "errors.md").read_text()
MESSAGES = dict(re.findall(r"^\*\*(.+?)\*\* \(`(\w+Error)`", PAGE, re.MULTILINE))
"""What the page says of an error to its class; warnings have tests beside what gives them."""
CONDUCTANCES = RandomUniform(1e-6, 1e-5)  # S
DATA = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.1]]})  # V


def _network(units: int = 2, *, lr: float | None = 1e-7) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=units, name="d", lr=lr, initializer=CONDUCTANCES)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)


def _fit(data: DataSet = DATA, loss: losses.Loss | None = None, **settings: object) -> None:
    model = _network()
    optimizer = settings.pop("optimizer", optimizers.Adam(model))
    given = {"beta": 1e-7, **settings}
    model.fit(BatchGenerator(data, 1), loss or losses.MSE(), optimizer, **given)


def _loop() -> None:
    a, b = InputVoltageLayer(units=2, name="a"), InputVoltageLayer(units=2, name="b")
    d = DenseLayer(units=2, name="d", initializer=CONDUCTANCES)(JoinLayer(name="j")([a, b]))
    Model(inputs=[a, b], outputs=[CurrentLayer(name="y")(d)])


def _floating() -> None:
    draft = Draft(3)
    draft.source(1, 0)
    draft.resistor(2, 3)
    draft.compiled()


def _shared() -> None:
    x = InputVoltageLayer(units=2, name="x")
    y = CurrentLayer(name="y")(DenseLayer(units=2, name="d", initializer=CONDUCTANCES)(x))
    for _ in range(2):
        Model(inputs=[x], outputs=[y])


def _negative() -> None:
    model = _network()
    model.parameters["d.conductance"] = [[-1e-6, 1e-6], [1e-6, 1e-6]]


def _bypass() -> None:
    x = InputVoltageLayer(units=2, name="x")
    d = DenseLayer(units=2, name="d", initializer=CONDUCTANCES)(x)
    amplified = AmplificationLayer(name="a", param={"gain": 3.0})(d)
    both = ConcatenateLayer(name="c")([amplified, d])
    e = DenseLayer(units=2, name="e", initializer=CONDUCTANCES)(both)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(e)])
    model.gradients(DATA, losses.MSE(), EquilibriumPropagation(1e-7, gradient="exact"))


def _large() -> None:
    x = InputVoltageLayer(units=800_000, name="x")
    d = DenseLayer(units=400_000, name="d", initializer=CONDUCTANCES)(x)
    Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)])


def _no_point() -> None:
    # No voltage has a hyperbolic tangent of 2.
    text = body("b1 y 0 v=v(y)+tanh(100*v(x))-2", "r2 x 0 1k", "r3 x y 1k", "r1 a b 1k")
    solved(text, NativeBackend())


def _two_betas() -> None:
    model = _network()
    optimizer = optimizers.Adam(model, beta=1e-6)
    model.fit(BatchGenerator(DATA, 1), losses.MSE(), optimizer, beta=1e-7)


def _no_rate() -> None:
    model = _network(lr=None)
    model.fit(BatchGenerator(DATA, 1), losses.MSE(), optimizers.Adam(model), beta=1e-7)


def _other_format() -> None:
    Path("broken.h5").write_text("this is no HDF5 file")
    Run.open("broken.h5")


def _run_twice() -> None:
    for _ in range(2):
        _fit(run="run.h5")


RAISED: dict[str, Callable[[], object]] = {
    "Layer 'j' closes": _loop,
    "Nodes": _floating,
    "Layer 'y' folds": lambda: _network(3),
    "Layer 'x' already": _shared,
    "The input layer": lambda: InputVoltageLayer(units=2, name="My Layer"),
    "Layer 'd' has param": lambda: DiodeLayer(name="d", direction="down", param={"VT": 0.3}),
    "d.conductance": _negative,
    "targets of 'y'": lambda: _fit(loss=losses.CrossEntropyLoss()),
    "input 'x' is nan": lambda: _fit(DataSet({"x": [[float("nan"), 0.2]]}, {"y": [[0.1]]})),
    "The data set names": lambda: _fit(DataSet.differential([[0.1, 0.2]], {"y": [[0.1]]})),
    "No beta": lambda: _fit(beta=None),
    "beta is given": _two_betas,
    "The circuit is not": _bypass,
    "The optimizer": lambda: _fit(optimizer=optimizers.Adam(_network())),
    "Training changes": _no_rate,
    "run.h5 exists": _run_twice,
    "native found": _no_point,
    "Layer 'd' with": _large,
    "libngspice": finder.installed_library,
    "The method": lambda: _network().operating_points(
        DATA.inputs, backend=NativeBackend(method="chained")
    ),
    "No device": lambda: load_registry().device("diode_pear"),
    "broken.h5": _other_format,
}
"""The beginning of a message to what raises it."""


@pytest.mark.parametrize("said", MESSAGES)
def test_a_message_of_the_page_is_what_is_raised(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(finder, "find_library", lambda: None)
    (raised,) = [program for start, program in RAISED.items() if said.startswith(start)]
    pattern = re.escape(said).replace("…", ".*")
    with pytest.raises(EbanaError) as caught:
        raised()
    assert re.search(pattern, caught.value.problem)
    assert type(caught.value).__name__ == MESSAGES[said]


def test_an_error_is_also_what_the_table_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert len(rows) > 15
    for name, also in rows:
        other = getattr(builtins, also, None) or getattr(errors, also)
        assert issubclass(getattr(errors, name), other), name


def test_every_program_here_is_of_a_message() -> None:
    assert len(MESSAGES) == len(RAISED)
