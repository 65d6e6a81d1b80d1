"""Where the text of a block comes from: PySpice, a file, a text of several subcircuits."""

from pathlib import Path

import pytest
from PySpice.Spice.Netlist import SubCircuit
from PySpice.Unit import u_kHz, u_kΩ, u_mA, u_V

from ebana_core import Model
from ebana_core.errors import (
    CircuitError,
)
from ebana_core.layers import (
    CurrentLayer,
    InputVoltageLayer,
    SpiceBlock,
)
from tests.support.clippers import block


def test_pyspice_reaches_the_parser_as_it_prints() -> None:
    circuit = SubCircuit("div", "a", "b")
    circuit.R("top", "a", "b", 1 @ u_kΩ)
    circuit.SinusoidalVoltageSource("w", "b", circuit.gnd, amplitude=1 @ u_V, frequency=1 @ u_kHz)
    circuit.I("off", "b", circuit.gnd, 0.001 @ u_mA)
    own = block(subcircuit=circuit, inputs="a", outputs="b")
    assert own.numbers == {}
    defaults = {item.name: item.default for item in own.law.values}
    assert defaults == {"rtop": 1e3, "vw": 0.0, "ioff": pytest.approx(1e-6, rel=1e-12, abs=0)}


FILE = """* \u00b0 \u00a7
.param unit=2k
.subckt divider top middle params: ratio=1
R1 top middle {unit}
R2 middle 0 {unit*ratio}
.ends
.subckt pair top middle
X1 top middle divider ratio=3
.ends
.subckt open top
R1 top 0 {nobody}
"""


def test_a_block_from_a_file_needs_the_file_no_more(tmp_path: Path) -> None:
    path = tmp_path / "vendor.lib"
    path.write_text(FILE, encoding="latin-1")
    x = InputVoltageLayer(units=1, name="x")
    block = SpiceBlock.from_file(path, "Pair", name="act", inputs="top", outputs="middle")
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(block(x))], seed=0)
    model.save(tmp_path / "model.h5")
    path.unlink()
    again = Model.load(tmp_path / "model.h5")
    for own in (model, again):
        # A divider of 2 and 6 kilohm.
        assert own.operating_points({"x": [[1.0]]}).at("act")[0, 0] == pytest.approx(
            0.75, rel=1e-12, abs=0
        )
    assert "vendor" not in block.subcircuit


def test_a_block_of_a_section_with_included_files_and_parameters(tmp_path: Path) -> None:
    """A library of corners: a section sets a parameter and includes what all of them share."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "core.lib").write_text(
        ".subckt leg a b params: n=1\nR1 a b {unit*n}\n.ends\n"
        ".subckt pair top middle\nX1 top middle leg n=3\nX2 middle 0 leg\n.ends\n"
    )
    path = tmp_path / "corners.lib"
    path.write_text(
        ".lib slow\n.param unit=10k\n.include parts/core.lib\n.endl\n"
        ".lib fast\n.param unit=1k\n.include parts/core.lib\n.endl\n"
    )
    found = {
        section: SpiceBlock.from_file(
            path, "pair", section=section, name="q", inputs="top", outputs="middle"
        )
        for section in ("slow", "fast")
    }
    ohms = {name: [item.default for item in own.law.values] for name, own in found.items()}
    assert ohms == {"slow": [30e3, 10e3], "fast": [3e3, 1e3]}
    with pytest.raises(CircuitError, match=r"no section 'typical'; it has \['fast', 'slow'\]"):
        SpiceBlock.from_file(path, "pair", section="typical", name="q", inputs="top")


def test_a_circle_of_subcircuits_and_of_files_is_named(tmp_path: Path) -> None:
    path = tmp_path / "circle.lib"
    path.write_text(".subckt a x\nX1 x b\n.ends\n.subckt b x\nX1 x a\n.ends\n")
    with pytest.raises(CircuitError, match=r"in a circle: [ab] -> [ab] -> [ab]"):
        SpiceBlock.from_file(path, "a", name="q", inputs="x")
    path.write_text(".include other.lib\n.subckt s a\nX1 a c\n.ends\n")
    (tmp_path / "other.lib").write_text(".include circle.lib\n")
    with pytest.raises(CircuitError) as caught:
        SpiceBlock.from_file(path, "s", name="q", inputs="a")
    told = "\n".join(caught.value.__notes__)
    assert "closes a circle of files: circle.lib -> other.lib -> circle.lib" in told


def test_a_file_outside_of_the_folder_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "secret.lib").write_text(".subckt c a\nR1 a 0 1\n.ends\n")
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "own.lib"
    path.write_text(".include ../secret.lib\n.subckt s a\nX1 a c\n.ends\n")
    with pytest.raises(CircuitError) as caught:
        SpiceBlock.from_file(path, "s", name="q", inputs="a")
    assert "'../secret.lib', which lies outside of" in "\n".join(caught.value.__notes__)


def test_a_file_of_one_subcircuit_needs_no_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.lib", tmp_path / "two.lib"
    one.write_text(".subckt inner a\nR1 a 0 1k\n.ends\n.subckt outer a\nX1 a inner\n.ends\n")
    two.write_text(".subckt first a\nR1 a 0 1k\n.ends\n.subckt second a\nR1 a 0 2k\n.ends\n")
    assert SpiceBlock.from_file(one, name="act", inputs="a").law.subcircuit.name == "outer"
    with pytest.raises(CircuitError, match=r"two.lib holds the subcircuits \['first', 'second'\]"):
        SpiceBlock.from_file(two, name="act", inputs="a")


def test_a_text_of_several_subcircuits_needs_a_name() -> None:
    text = "".join(f".subckt s{k} a\nR1 a 0 {k}k\n.ends\n" for k in (1, 2, 3))
    with pytest.raises(CircuitError, match="subcircuit_name"):
        SpiceBlock(name="act", subcircuit=text, inputs="a")
    block = SpiceBlock(name="act", subcircuit=text, subcircuit_name="S2", inputs="a")
    assert [item.default for item in block.law.values] == [2000.0]
    again = SpiceBlock(name="act", subcircuit=block.subcircuit, inputs="a")
    assert again.law.subcircuit == block.law.subcircuit
