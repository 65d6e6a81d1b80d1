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
