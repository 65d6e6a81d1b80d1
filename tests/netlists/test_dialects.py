"""Netlists in the languages of four simulators say one circuit.

The file for LTspice runs in ngspice's mode for LTspice. Those for Xyce and Spectre are read by
their grammars, and what was read runs in ngspice: neither program can be had here.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.netlists import DIALECTS
from tests.support.dialects import ngspice_of_spectre, ngspice_of_xyce, solved
from tests.support.ideal_diodes import clamped_model
from tests.support.netlist_networks import (
    between,
    biased,
    body,
    converted,
    gates,
    long_sum,
    mos_diode,
    rails,
    real_diode,
    shockley,
    shunted,
    steered,
    transistors,
    warm_diode,
)
from tests.support.zoo import amplified, block, linear

OTHERS = [name for name in DIALECTS if name != "ngspice"]
SAMPLE = np.array([[0.7, -0.4]])
ROUNDING = 1e-9
"""V. The tolerances in the files are 1e-9 of volts; literals of formulas lose the digits that
ngspice cuts off behind the eleventh."""


def text_of(model: Model, dialect: str, folder: Path, **settings: object) -> str:
    units = next(layer for layer in model.layers.values() if layer.name == "x").units
    path = folder / f"written.{dialect}"
    sample = {"x": np.resize(SAMPLE, (1, units))}
    model.write_netlist(path, sample, dialect=dialect, **settings)
    return path.read_text()


def as_ngspice(text: str, dialect: str) -> str:
    readers: dict[str, Callable[[str], str]] = {
        "xyce": ngspice_of_xyce,
        "spectre": ngspice_of_spectre,
    }
    return readers.get(dialect, str)(text)


def difference(model: Model, dialect: str, folder: Path) -> float:
    """Return the largest difference between a written netlist and the model, V."""
    text = as_ngspice(text_of(model, dialect, folder), dialect)
    found = solved(text, folder, mode="ltpsa" if dialect == "ltspice" else "")
    sample = {"x": np.resize(SAMPLE, (1, model.layers["x"].units))}
    points = model.operating_points(sample)
    circuit = points.circuit
    names, shown = circuit.netlist_names, circuit.visible_nodes
    return max(abs(found[names[k]] - points.node_voltages[0, k]) for k in shown)


NETWORKS = [
    linear, amplified, block, lambda: clamped_model((3, 4, 4), seed=1, gain=3.0), rails, converted,
    real_diode, warm_diode, mos_diode, shockley, shunted, biased, transistors, steered, gates,
    long_sum,
]  # fmt: skip


@pytest.mark.program
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_written_netlist_has_the_voltages_of_the_model(
    network: Callable[[], Model], dialect: str, tmp_path: Path
) -> None:
    assert difference(network(), dialect, tmp_path) <= ROUNDING


FORMULAS = [
    "ln(1+v(a)^2)", "log10(2+v(b))", "pow(v(a),3)", "pwr(v(b),3)", "v(b)^2", "sgn(v(b))*1m",
    "u(v(a)-0.01)", "u2(v(a))", "uramp(v(b))", "nint(3*v(a))", "ceil(v(a))", "floor(v(b))",
    "v(a)>v(b) ? v(a) : 0", "(v(a)>0 && v(b)<0) ? 1 : 2", "(v(a)<0 || !(v(b)>0)) ? 1 : 2",
    "1==1 ? v(a) : 2", "v(a) ? v(b) : 2", "0*v(a) ? 1 : 2", "2!=2 ? 1 : 3", "lt0(v(a))+gt0(v(b))",
    "eq0(1)+ne0(2)", "ge0(v(b))+le0(v(b))",
    "(v(a)>=v(b))+1", "ternary_fcn(v(a)<1, tanh(v(a)), 0)", "sqrt(abs(v(b)))", "-v(a)*-2",
    "atan(v(a))+sinh(v(b))+cosh(v(a))", "exp(v(a))-exp(-v(b))", "min(v(a),v(b))*max(v(a),0.1)",
    "pwl(v(a),-1,0,0,0.5,1,0.2)", "table(v(b),-0.1,0,0.1,1)", "asinh(v(a))", "limit(v(a),0,0.01)",
    "time+1", "pi*e",
]  # fmt: skip


@pytest.mark.program
@pytest.mark.parametrize("dialect", DIALECTS)
def test_formulas_mean_what_they_mean_in_ngspice(dialect: str, tmp_path: Path) -> None:
    lines = [
        line for k, f in enumerate(FORMULAS) for line in (f"b{k} m{k} 0 v={f}", f"r{k} m{k} a 1meg")
    ]
    assert difference(between(body(*lines)), dialect, tmp_path) <= ROUNDING


REFUSED = {
    "d1 a b dk\n.model dk d(is=1e-12 ikf=0.1)": ("d", "ikf", ("ngspice",)),
    "d1 a b dk\n.model dk d(is=1e-12 bv=5)": ("d", "bv", ("ngspice", "ltspice", "xyce")),
    "m1 a b 0 0 mk w=1u l=1u\n.model mk nmos(level=3 vto=0.5)": ("m", "level 3", ("ngspice",)),
    "m1 a b 0 0 mk w=1u l=1u\n.model mk nmos(tox=1e-8 nsub=1e15)": ("m", "doping", ("ngspice",)),
    "j1 a b 0 jk\n.model jk njf(b=0.5)": ("j", "'b'", ("ngspice",)),
}


@pytest.mark.parametrize("text", REFUSED)
@pytest.mark.parametrize("dialect", OTHERS)
def test_what_a_simulator_does_not_have_is_refused_by_name(
    text: str, dialect: str, tmp_path: Path
) -> None:
    letter, word, able = REFUSED[text]
    model = between(body(*text.split("\n"), "r9 a 0 1meg", "r8 b 0 1meg"))
    if dialect in able:
        assert text_of(model, dialect, tmp_path)
        return
    with pytest.raises(UnsupportedError) as caught:
        text_of(model, dialect, tmp_path)
    assert re.search(rf"Element '{letter}q__0__\w+'", caught.value.problem)
    assert word in caught.value.problem
    assert dialect in caught.value.problem
    assert " or ".join(map(repr, able)) in caught.value.fix
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "nint(" * 25 + "v(a)" + ")" * 25,
        "&&".join(["(v(a)>0 || v(a)<1)"] * 25) + " ? 1 : 2",
    ],
)
def test_a_formula_that_grows_with_each_level_is_refused_before_it_fills_the_memory(
    text: str, tmp_path: Path
) -> None:
    # Written out, either would have more than 1e8 characters.
    model = between(body(f"b1 b 0 v={text}", "r1 a 0 1k"))
    with pytest.raises(UnsupportedError, match=r"'bq__0__b1' needs a formula of more than 20000"):
        text_of(model, "xyce", tmp_path)


def test_what_a_model_leaves_to_ngspice_is_written_for_others(tmp_path: Path) -> None:
    # Spectre's own LAMBDA is 0.02 1/V.
    lines = ("m1 a b 0 0 mk", "r9 a 0 1meg", "r8 b 0 1meg", ".model mk nmos(vto=0.5)")
    for dialect in OTHERS:
        text = text_of(between(body(*lines)), dialect, tmp_path)
        for word in ("vto=0.5", "kp=2", "phi=0.59", "is=1", "gamma=0", "lambda=0", "w=0.0001"):
            assert f" {word}" in text.replace("(", " ")


def test_what_ngspice_reads_either_way_is_written_out_for_others(tmp_path: Path) -> None:
    # ngspice raises the absolute value, and takes N as NBV; the checks by ngspice cannot see it.
    diode = ("d1 a 0 dk", ".model dk d(n=1.5 bv=5 isr=1e-12)")
    model = between(body("b1 b 0 v=v(a)^3", "r9 a 0 1meg", *diode))
    for dialect in ("ltspice", "xyce"):
        text = text_of(model, dialect, tmp_path)
        assert re.search(r"\(abs\(v\(\w+\)\)\*\*\S*3\S*\)", text)
        assert "nbv=1.5" in text


def test_another_dialect_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'hspice'"):
        text_of(linear(), "hspice", tmp_path)
    assert not any(tmp_path.iterdir())


def test_gmin_reaches_every_dialect(tmp_path: Path) -> None:
    model = between(DiodeLayer(name="q", kind="real", direction="up"), gmin=3e-11)
    for dialect in DIALECTS:
        stated = re.search(r"gmin=(\S+)", text_of(model, dialect, tmp_path))
        assert stated
        assert float(stated[1]) == 3e-11
