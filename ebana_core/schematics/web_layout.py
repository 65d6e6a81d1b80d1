"""Where the nodes of a graph are drawn: near to each other where branches join them."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from ebana_core.arrays import Array, IntArray

STARTS, STEPS = 24, 80
"""Of the search for the least stress: the places with the fewest crossings are kept."""
LATTICE = 0.4
"""A graph whose nodes are nearer than this to a lattice is drawn on it, in branches."""
NEAR = 0.3
"""A branch that passes a node nearer than this seems to end there, in branches."""


def spread(n_nodes: int, branches: IntArray, lefts: IntArray, rights: IntArray) -> Array:
    """Return places of nodes whose distances are about as many as branches lie between them.

    Args:
        n_nodes: How many.
        branches: Places of both ends of each branch. Shape ``(n_branches, 2)``.
        lefts: Nodes that belong on the left.
        rights: Nodes that belong on the right.

    Returns:
        Shape ``(n_nodes, 2)``, in branches; x to the right.

    Source:
        Gansner, Koren and North 2004, Graph drawing by stress majorization; the start is
        classical multidimensional scaling.
    """
    if n_nodes == 1:
        return np.zeros((1, 2))
    distances = _distances(n_nodes, branches)
    rng = np.random.default_rng(0)
    best, fewest = None, np.inf
    for start in range(STARTS):
        first = (
            _scaled(distances) if start == 0 else len(distances) ** 0.5 * rng.random((n_nodes, 2))
        )
        places = _relaxed(first, distances)
        if (found := _confusion(places, branches)) < fewest:
            best, fewest = places, found
        if not fewest:
            break
    assert best is not None
    return _turned(_apart(best, branches), branches, lefts, rights)


def _relaxed(places: Array, distances: Array) -> Array:
    """Return places of less stress."""
    weights = 1 / np.maximum(distances, 1.0) ** 2
    np.fill_diagonal(weights, 0.0)
    inverse = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights)
    for _ in range(STEPS):
        between = np.linalg.norm(places[:, None] - places[None], axis=2)
        pull = weights * distances / np.maximum(between, 1e-9)
        places = inverse @ ((np.diag(pull.sum(axis=1)) - pull) @ places)
    return places


def _confusion(places: Array, branches: IntArray) -> int:
    """Return how many branches cross, or pass a node too near."""
    starts, ends = places[branches[:, 0]], places[branches[:, 1]]
    sides = _side(starts[:, None], ends[:, None], starts[None]) * _side(
        starts[:, None], ends[:, None], ends[None]
    )
    shared = (branches[:, None, :, None] == branches[None, :, None, :]).any(axis=(2, 3))
    n_crossings = int(((sides < 0) & (sides.T < 0) & ~shared).sum()) // 2
    ways = ends - starts
    lengths = np.maximum((ways**2).sum(axis=1), 1e-12)
    along = ((places[None] - starts[:, None]) * ways[:, None]).sum(axis=2) / lengths[:, None]
    feet = starts[:, None] + np.clip(along, 0, 1)[..., None] * ways[:, None]
    gaps = np.linalg.norm(places[None] - feet, axis=2)
    own = (np.arange(len(places)) == branches[:, :, None]).any(axis=1)
    return n_crossings + int(((gaps < NEAR) & ~own).sum())


def _side(start: Array, end: Array, point: Array) -> Array:
    """Return on which side of a line through two points others lie, by the sign."""
    way, to = end - start, point - start
    return np.asarray(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0])


def _apart(places: Array, branches: IntArray) -> Array:
    """Return places so far from each other that the shortest branch has a length of 1."""
    ways = places[branches[:, 1]] - places[branches[:, 0]]
    return places / max(float(np.linalg.norm(ways, axis=1).min()), 0.2)


def _distances(n_nodes: int, branches: IntArray) -> Array:
    graph = coo_array((np.ones(len(branches)), tuple(branches.T)), shape=(n_nodes, n_nodes)).tocsr()
    found = shortest_path(graph, directed=False, unweighted=True)
    longest = float(found[np.isfinite(found)].max())
    # Parts without a way between them stand apart.
    found[~np.isfinite(found)] = longest + 1.0
    return np.asarray(found)


def _scaled(distances: Array) -> Array:
    n = len(distances)
    centred = np.eye(n) - 1.0 / n
    sizes, ways = np.linalg.eigh(-centred @ distances**2 @ centred / 2)
    places = ways[:, [-1, -2]] * np.sqrt(np.maximum(sizes[[-1, -2]], 1e-3))
    # A symmetric graph would leave nodes on top of each other; the same jitter every time.
    return np.asarray(places + 1e-3 * np.random.default_rng(0).standard_normal((n, 2)))


def _turned(places: Array, branches: IntArray, lefts: IntArray, rights: IntArray) -> Array:
    """Return places turned so that branches lie along the axes, and signals run to the right."""
    places = places - places.mean(axis=0)
    ways = places[branches[:, 1]] - places[branches[:, 0]]
    angles = np.arctan2(ways[:, 1], ways[:, 0])
    # The mean of four times the angles: those of a grid then agree.
    turn = -np.angle(np.exp(4j * angles).sum()) / 4
    level = _snapped(_rotated(places, turn), branches)
    turned = [_rotated(level, quarter * np.pi / 2) for quarter in range(4)]
    return max(
        (found * np.array([1, side]) for found in turned for side in (1, -1)),
        key=lambda found: _run(found, lefts, rights),
    )


def _snapped(places: Array, branches: IntArray) -> Array:
    """Return places on a square lattice, if that is about where they are."""
    ways = places[branches[:, 1]] - places[branches[:, 0]]
    step = float(np.linalg.norm(ways, axis=1).mean())
    places = places - places.min(axis=0)
    lattice = np.rint(places / step)
    is_near = np.abs(places / step - lattice).max() < LATTICE
    is_apart = len(np.unique(lattice, axis=0)) == len(lattice)
    has_steps = np.abs(np.diff(lattice[branches], axis=1)).sum(axis=2) == 1
    return lattice if is_near and is_apart and has_steps.all() else places


def _rotated(places: Array, angle: float) -> Array:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(places @ turn)


def _run(places: Array, lefts: IntArray, rights: IntArray) -> float:
    """Return how well places read: the outputs right of the inputs, both from above to below."""
    own = [places[nodes, 0].mean() if len(nodes) else 0.0 for nodes in (lefts, rights)]
    down = sum(
        places[nodes[-1], 1] - places[nodes[0], 1] for nodes in (lefts, rights) if len(nodes)
    )
    return float(own[1] - own[0] + 0.1 * down)
