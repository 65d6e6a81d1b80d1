"""The peer badcrossbar: a crossbar with wires whose columns end at ground.

Usage: python badcrossbar_peer.py CIRCUIT.npz ANSWER.npy SECONDS
"""

import logging
import sys
from importlib.metadata import version
from unittest.mock import MagicMock

import numpy as np
from peer_io import answer, circuit

sys.modules["cairo"] = MagicMock()  # draws pictures, none of which is asked for


def main() -> None:
    """Solve batches of samples."""
    import badcrossbar

    logging.disable(logging.INFO)
    given = circuit()
    resistances, wire = 1 / given["cells"], float(given["wire"])

    def solve() -> np.ndarray:
        voltages = badcrossbar.compute(
            given["samples"].T, resistances, r_i=wire, all_currents=False
        ).voltages
        found = np.full((len(given["samples"]), int(given["n_nodes"])), np.nan)
        found[:, given["row_nodes"]] = voltages.word_line.reshape(resistances.size, -1).T
        found[:, given["column_nodes"]] = voltages.bit_line.reshape(resistances.size, -1).T
        return found

    answer(version("badcrossbar"), solve)


if __name__ == "__main__":
    main()
