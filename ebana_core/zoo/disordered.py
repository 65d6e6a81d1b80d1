"""Disordered networks of resistors: the graph of Delaunay's triangles between random points."""

from typing import TYPE_CHECKING

import numpy as np

from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.later import Late
from ebana_core.layers import CurrentLayer, InputVoltageLayer, ResistorNetworkLayer
from ebana_core.layers.declaration import WeightUpdateFunc
from ebana_core.model import Model

if TYPE_CHECKING:
    from scipy.spatial import Delaunay
else:  # every command loads the zoo, and few draw such a graph
    Delaunay = Late("scipy.spatial", "Delaunay")

GRAPH_STREAM = 17
"""Tells the random numbers of a graph from all others that follow from the same seed."""


def disordered(
    seed: int,
    *,
    n_nodes: int,
    n_inputs: int,
    n_outputs: int,
    drawn: RandomUniform,
    lr: float,
    update: WeightUpdateFunc | None = None,
) -> Model:
    """Return a network with sources ``x`` and outputs ``y`` at random nodes; one seed, one graph.

    Args:
        seed: Of graph, places and conductances.
        n_nodes: Random points in a square.
        n_inputs: Nodes that sources hold.
        n_outputs: Nodes whose voltages are predictions.
        drawn: Draws the conductances and bounds them.
        lr: Learning rate, S²/V².
        update: What devices make of a wished change; None: just that.
    """
    rng = np.random.default_rng([seed, GRAPH_STREAM])
    triangles = Delaunay(rng.uniform(0, 1, (n_nodes, 2))).simplices
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    places = rng.permutation(n_nodes)
    x = InputVoltageLayer(units=n_inputs, name="x")
    network = ResistorNetworkLayer(
        name="net",
        branches=np.unique(np.sort(sides, axis=1), axis=0).tolist(),
        inputs=places[:n_inputs].tolist(),
        outputs=places[n_inputs : n_inputs + n_outputs].tolist(),
        initializer=drawn,
        lr=lr,
        weight_update_func=update,
    )(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(network)], seed=seed)


def moved(model: Model, sources: Array, distance: float) -> DataSet:
    """Return one sample whose targets lie a distance from the untrained outputs, to the middle.

    Args:
        model: The untrained network.
        sources: Voltages of the sources. Shape ``(n_inputs,)``, V.
        distance: V.
    """
    inputs = {"x": np.asarray(sources)[None, :]}
    before = model.predict(DataSet(inputs))["y"]
    return DataSet(inputs, {"y": before + distance * np.sign(np.mean(sources) - before)})


def straightness(values: Array) -> tuple[float, float]:
    """Return the slope of the logarithm per step, and the share of its variance that it explains.

    Args:
        values: Above zero, one per step.
    """
    steps, heights = np.arange(len(values)), np.log(values)
    slope, foot = np.polyfit(steps, heights, 1)
    left = heights - (slope * steps + foot)
    return float(slope), float(1 - left.var() / heights.var())
