"""Damaged archives of values are refused in words, whatever is damaged in them."""

from pathlib import Path

import numpy as np

from ebana_core.errors import StorageError
from ebana_core.storage.exchange import read_npz


def test_a_damaged_archive_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "values.npz"
    rng = np.random.default_rng(0)
    np.savez_compressed(path, first=rng.normal(size=(20, 20)), second=np.zeros(3))
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    n_refused, causes = 0, set()
    for _ in range(300):
        bent = whole.copy()
        bent[rng.integers(len(bent))] = rng.integers(256)
        path.write_bytes(bent.tobytes())
        try:
            read_npz(path, 1 << 20)
        except StorageError as error:
            n_refused += 1
            causes.add(type(error.__cause__).__name__)
    assert n_refused > 200  # headers of the archive hold some bytes that say nothing
    assert {"BadZipFile", "error"} <= causes  # the second is zlib's
