"""Looks through an HDF5 file in a process of its own, where a damaged one may do no harm.

Run as a script, with a path: prints what is wrong and exits with 1, or exits with 0. It imports
h5py alone, so that it starts fast.
"""

import math
import os
import subprocess
import sys
from typing import Any

SECONDS = 10.0
"""Time that looking takes at most."""
MEMORY = 4 << 30
"""Bytes of address space that it may take."""
LARGEST_PLAIN, LARGEST_RATIO = 1 << 26, 1100
"""Bytes a dataset may claim without chunks to show for them; and per byte it stores: what gzip
packs at most."""
FILTERS = {"1", "2", "3", "shuffle", "fletcher32"}
"""Numbers and names of the filters of a run file: HDF5 would load others from the disk."""

WRITTEN = 0b101
"""Consistency flags of a file that one process writes and others read."""


def examine(path: str | os.PathLike[str]) -> str:
    """Return what is wrong with a file, in a few words; empty: nothing."""
    if sys.platform == "emscripten":  # a browser has one process
        return _examined_here(os.fspath(path))
    # -I: no module of the folder at hand, or of PYTHONPATH, takes the place of another.
    command = [sys.executable, "-I", __file__, os.fspath(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"looking through it takes more than {SECONDS:g} s"
    if done.returncode == 0:
        return ""
    if done.returncode < 0:
        return f"HDF5 ended with signal {-done.returncode} on it"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1][:300] if lines else "HDF5 gave up on it"


def _examined_here(path: str) -> str:
    try:
        return main(path)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def main(path: str) -> str:
    """Return what is wrong with a file."""
    import h5py

    with _opened(path, h5py) as file:
        # A file without them is none of EBANA's, and is read no further.
        if {"type", "version"} <= set(file.attrs):
            _look(file, path, h5py)
    return ""


def _opened(path: str, h5py: Any) -> Any:
    """Open a file; one that is written, or whose writer was killed, needs the second way.

    That way tries again for long what it cannot read.
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        # A writer promises a length before the file has it: cut short is what nobody writes.
        is_growing = "truncated file" in str(error) and _has_writer(path)
        if not is_growing and "already open for write" not in str(error):
            raise
        return h5py.File(path, "r", swmr=True)


def _has_writer(path: str) -> bool:
    """Tell whether a file says that it is written while others read it.

    Source: HDF5 File Format Specification 3.0, II.A "Superblock", file consistency flags.
    """
    with open(path, "rb") as file:
        flags = file.read(12)[-1]
    return flags & WRITTEN == WRITTEN


def _look(group: Any, path: str, h5py: Any, depth: int = 0) -> None:
    if depth > 8:
        raise ValueError(f"{group.name} is nested too deep")
    _read_attributes(group)
    if not {"type", "version"} <= set(group.attrs):
        raise ValueError(f"{group.name} does not tell its type and version")
    for name in group:
        link = group.get(name, getlink=True)
        # Other links may lead into any file of this machine.
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name} is a link to elsewhere")
        item = group[name]
        if isinstance(item, h5py.Group):
            _look(item, path, h5py, depth + 1)
        elif isinstance(item, h5py.Dataset):
            _read_attributes(item)
            _check_dataset(item, path)
        else:
            raise ValueError(f"{name} is neither group nor dataset")


def _read_attributes(item: Any) -> None:
    for name in item.attrs:
        # Sizes are looked at before anything is read: a damaged one may claim terabytes.
        attribute = item.attrs.get_id(name)
        if math.prod(attribute.shape) * max(1, attribute.dtype.itemsize) > 1 << 20:
            raise ValueError(f"attribute {name} of {item.name} is too large")
        item.attrs[name]


def _check_dataset(item: Any, path: str) -> None:
    if "unit" not in item.attrs or len(item.attrs.get("dims", ())) != item.ndim:
        raise ValueError(f"{item.name} does not tell its unit and its {item.ndim} dimensions")
    if item.dtype.kind not in "fiu" or item.dtype.itemsize > 8:
        raise ValueError(f"{item.name} is of type {item.dtype}")
    if item.external or item.is_virtual:
        raise ValueError(f"{item.name} lies in another file")
    settings = item.id.get_create_plist()
    filters = {str(settings.get_filter(k)[0]) for k in range(settings.get_nfilters())}
    if filters - FILTERS:
        raise ValueError(f"{item.name} has filters {sorted(filters)}")
    stored = item.id.get_storage_size()
    size = os.path.getsize(path)  # now: a file that is being written grows
    if stored > size:
        raise ValueError(f"{item.name} stores more than the file holds")
    claimed = math.prod(item.shape) * item.dtype.itemsize
    if claimed > LARGEST_PLAIN and claimed > LARGEST_RATIO * max(1, stored):
        raise ValueError(f"{item.name} claims {claimed} bytes and stores {stored}")
    if item.chunks is None:
        offset = item.id.get_offset()
        if offset is not None and offset + stored > size:
            raise ValueError(f"{item.name} lies beyond the end of the file")
        return
    if math.prod(item.chunks) * item.dtype.itemsize > max(LARGEST_PLAIN, LARGEST_RATIO * size):
        raise ValueError(f"{item.name} has chunks of shape {item.chunks}")
    ends = [0.0]

    def see(chunk: Any) -> None:
        ends[0] = max(ends[0], math.inf if chunk.byte_offset is None else _end(chunk))

    item.id.chunk_iter(see)
    if ends[0] > os.path.getsize(path):
        raise ValueError(f"{item.name} has a chunk beyond the end of the file")


def _end(chunk: Any) -> int:
    return int(chunk.byte_offset + chunk.size)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    # A crash of HDF5 is expected here, and is to leave no core file.
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (OSError, ValueError):  # macOS refuses to limit address space
            continue


if __name__ == "__main__":
    _limit_memory()
    wrong = _examined_here(sys.argv[1])
    if wrong:
        print(wrong)
        sys.exit(1)
