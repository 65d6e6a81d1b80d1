"""Transfer curves, and the picture of a network."""

import matplotlib as mpl
import numpy as np
import pytest

from ebana_core.errors import DataError, UnknownNameError
from tests.support.networks import layered_model

mpl.use("Agg")

VALUES = np.linspace(-1, 1, 21)


def test_a_sweep_moves_one_node_and_holds_the_others() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1)
    found = model.sweep("x[1]", VALUES, inputs={"x": [0.3, 9.0, -0.2]})
    inputs = np.tile([0.3, 0.0, -0.2], (21, 1))
    inputs[:, 1] = VALUES
    expected = model.operating_points({"x": inputs})
    assert (found.at("d0") == expected.at("d0")).all()
    assert (found.predictions["y"] == expected.predictions()["y"]).all()
    assert found.points.residual <= 1e-12


def test_gains_are_slopes() -> None:
    model = layered_model((3, 2), (), seed=1)
    found = model.sweep("x[0]", VALUES)
    g = model.parameters["d_out.conductance"]
    share = g[0] / g.sum(axis=0)
    assert found.gains() == pytest.approx(np.full((21, 1), share[0] - share[1]), rel=1e-9, abs=0)
    assert found.gains("d_out") == pytest.approx(np.tile(share, (21, 1)), rel=1e-9, abs=0)


def test_several_nodes_move_with_their_factors() -> None:
    model = layered_model((3, 2), (), seed=1)
    found = model.sweep({"x[0]": 1, "x[2]": -1}, VALUES)
    assert (found.at("x") == np.stack([VALUES, 0 * VALUES, -VALUES], axis=1)).all()
    assert found.input == "x[0] = -x[2]"


def test_curves_are_plotted_with_the_names_of_their_nodes() -> None:
    model = layered_model((1, 4, 4), (4.0,), seed=1)
    found = model.sweep("x", VALUES)
    axes = found.plot()
    assert [line.get_label() for line in axes.lines] == ["y[0]", "y[1]"]
    assert axes.get_xlabel() == "x"
    axes.figure.canvas.draw()
    assert all(label.get_text().endswith("V") for label in axes.get_xticklabels())
    assert [line.get_label() for line in found.plot("d0").lines] == [f"d0[{k}]" for k in range(4)]


def test_what_cannot_be_swept_is_refused() -> None:
    model = layered_model((3, 2), (), seed=1)
    for node in ("x", "x[3]", "b[0]", "nothing"):
        with pytest.raises(UnknownNameError, match="No input node"):
            model.sweep(node, VALUES)
    with pytest.raises(UnknownNameError, match=r"inputs names \['z'\]"):
        model.sweep("x[0]", VALUES, inputs={"z": [1.0]})
    for values in ([], [np.nan]):
        with pytest.raises(DataError, match="values is"):
            model.sweep("x[0]", values)
    with pytest.raises(UnknownNameError, match="No layer 'd9'"):
        model.sweep("x[0]", VALUES).plot("d9")


def test_the_picture_has_a_block_for_every_layer_right_of_its_parents() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1)
    axes = model.plot()
    blocks = {text.get_text().splitlines()[0]: text for text in axes.texts if text.get_text()}
    assert set(blocks) == set(model.layers)
    for name, layer in model.layers.items():
        for parent in layer.parents:
            assert blocks[parent.name].get_position()[0] < blocks[name].get_position()[0]
    assert len({text.get_position() for text in blocks.values()}) == len(blocks)
    assert blocks["d0"].get_text().splitlines() == [
        "d0",
        "dense",
        "4 nodes",
        "16 trained",
        "weight 16",
    ]
    assert "behavioral diode" in blocks["down0"].get_text()
    axes.figure.canvas.draw()


def test_stages_have_colours_of_their_own() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1)
    axes = model.plot()
    colours = dict(
        zip(model.layers, (patch.get_facecolor() for patch in axes.patches), strict=True)
    )
    assert colours["x"] == colours["b"] == colours["j"]
    assert colours["d0"] == colours["down0"]
    assert len({colours[name] for name in ("x", "d0", "d_out")}) == 3


def test_a_picture_of_a_circuit_without_energy_shows_no_weights() -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=1, skip=True)
    assert not any("weight" in text.get_text() for text in model.plot().texts)
