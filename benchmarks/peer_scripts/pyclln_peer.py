"""The peer PyCLLN: its own program trains XOR on a grid of transistors, ngspice solves.

Usage: python pyclln_peer.py SIDE EPOCHS SEED CLONE ANSWER.npy

Prints one line of JSON; ANSWER.npy gets the gates after every epoch, V, the first row before any.

Source:
    P. Pandey and co-workers, pyclln-final, xor/xor_trainer.py.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from peer_io import commit

from ebana_core.backends.ngspice.finder import installed_library

UPDATES = 4
"""Of an epoch: one for each of the samples of XOR."""


def main() -> None:
    """Run the program, and take the time between the lines that end its epochs."""
    side, epochs, seed, clone, answer = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-u", str(Path(clone) / "xor" / "xor_trainer.py")]
        command += ["--side", side, "--epochs", epochs, "--seed", seed, "--solver", "sparse"]
        environment = {"NGSPICE_LIBRARY_PATH": installed_library(), **os.environ, "RUN_DIR": folder}
        program = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert program.stdout is not None
        ends = [time.perf_counter() for line in program.stdout if line.startswith("Epoch")]
        if program.wait():
            raise SystemExit(f"{command[2]} ended with {program.returncode}")
        gates = np.load(Path(folder) / "vg_history.npy")
    np.save(answer, gates)
    epoch = statistics.median(np.diff(ends))
    print(json.dumps({"version": commit(clone), "ms_per_update": 1e3 * epoch / UPDATES}))


if __name__ == "__main__":
    main()
