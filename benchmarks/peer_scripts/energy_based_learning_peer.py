"""The peer energy-based-learning: coordinate descent of deep resistive networks, in float32.

Usage: python energy_based_learning_peer.py CIRCUIT.npz ANSWER.npy SECONDS CLONE

The network is driven by images and their negatives; its conductances are in units of the largest
one of the circuit, which changes no voltage.

Source:
    B. Scellier and co-workers, energy-based-learning, papers/fast-drn.
"""

import sys

import numpy as np
import torch
from peer_io import answer, circuit, commit, extra

SWEEPS = 4
"""Of coordinate descent, as published for one hidden layer."""


def main() -> None:
    """Solve batches of samples."""
    sys.path.insert(0, extra())
    from model.function.network import Network
    from model.resistive.minimizer import QuadraticMinimizer
    from model.resistive.network import DeepResistiveEnergy

    torch.set_num_threads(1)
    given = circuit()
    matrices = [given[f"matrix_{k}"] for k in range(int(given["n_matrices"]))]
    unit = max(matrix.max() for matrix in matrices)
    shapes = [(len(matrices[0]),), *((matrix.shape[1],) for matrix in matrices)]
    energy = DeepResistiveEnergy(shapes, [1.0] * len(matrices), 1.0)
    energy.set_device("cpu")
    weights = energy.params()[-len(matrices) :]
    for weight, matrix in zip(weights, matrices, strict=True):
        weight.state = torch.tensor(matrix / unit, dtype=torch.float32)
    network = Network(energy)
    minimizer = QuadraticMinimizer(energy, network.free_layers(), SWEEPS, "asynchronous")
    images = torch.tensor(given["samples"][:, : shapes[0][0] // 2], dtype=torch.float32)

    def solve() -> np.ndarray:
        with torch.no_grad():
            network.set_input(images, reset=True)
            minimizer.compute_equilibrium()
        found = np.full((len(images), int(given["n_nodes"])), np.nan)
        found[:, 0] = 0.0
        for k, layer in enumerate(energy.layers()):
            found[:, given[f"layer_nodes_{k}"]] = layer.state.double().numpy()
        return found

    answer(commit(extra()), solve, sweeps=SWEEPS)


if __name__ == "__main__":
    main()
