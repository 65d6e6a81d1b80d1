"""Damaged copies of a run file, and what becomes of them."""

import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np

from ebana_core import Run
from ebana_core.errors import EbanaError

OPENED, REFUSED = "opened", "refused"


def _flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 4, 64])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _flip_beginning(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(4):
        data[rng.randrange(min(4096, len(data)))] = rng.randrange(256)
    path.write_bytes(data)


def _cut(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def _members(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return names


def _remove(path: Path, rng: random.Random) -> None:
    with h5py.File(path, "r+") as file:
        del file[rng.choice(_members(file))]


def _retype(path: Path, rng: random.Random) -> None:
    with h5py.File(path, "r+") as file:
        name = rng.choice(_members(file))
        del file[name]
        file[name] = rng.choice([np.zeros(3), b"text", np.array(["a"], dtype="S1"), 7])


def _reattribute(path: Path, rng: random.Random) -> None:
    with h5py.File(path, "r+") as file:
        item = file[rng.choice(["/", *_members(file)])]
        name = rng.choice(list(item.attrs) or ["type"])
        item.attrs[name] = rng.choice([np.zeros(5), "nonsense", b"nonsense", -1, 1e300])


def _inflate(path: Path, rng: random.Random) -> None:
    with h5py.File(path, "r+") as file:
        names = [n for n in _members(file) if isinstance(file[n], h5py.Dataset)]
        growing = [n for n in names if file[n].maxshape and None in file[n].maxshape]
        file[rng.choice(growing)].resize(rng.choice([10**9, 10**15]), axis=0)


def _link(path: Path, rng: random.Random) -> None:
    with h5py.File(path, "r+") as file:
        name = rng.choice(_members(file))
        del file[name]
        file[name] = h5py.ExternalLink("/etc/hostname", "/")


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (
    _flip,
    _flip_beginning,
    _cut,
    _remove,
    _retype,
    _reattribute,
    _inflate,
    _link,
)


def damage(source: Path, target: Path, seed: int) -> str:
    """Write a damaged copy; return the kind of damage."""
    rng = random.Random(seed)
    kind = DAMAGES[seed % len(DAMAGES)]
    shutil.copyfile(source, target)
    kind(target, rng)
    return kind.__name__.strip("_")


Content = Mapping[str, np.ndarray]


def content(run: Run) -> dict[str, np.ndarray]:
    """Return all numbers of a run."""
    numbers = {f"scores/{name}": column for name, column in run.scores.items()}
    numbers |= {f"batches/{name}": column for name, column in run.batches.items()}
    for kind in ("parameters", "slots", "initial"):
        numbers |= {f"{kind}/{name}": array for name, array in getattr(run, kind).items()}
    return numbers | {f"recorded/{place}": run.recorded(place)[:] for place in run.places}


def examine(path: Path, right: Content) -> str:
    """Open a run and read all of it; any other exception than EBANA's own passes through.

    Raises:
        AssertionError: It opens and holds a wrong number.
    """
    try:
        with Run.open(path) as run:
            assert len(run.scores["epoch"]) == run.n_epochs
            assert run.state["epoch"] == run.n_epochs
            found = content(run)
            for name, array in found.items():
                assert np.array_equal(array, right[name][: len(array)], equal_nan=True), name
            repr(run)
    except EbanaError:
        return REFUSED
    return OPENED
