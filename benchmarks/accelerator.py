"""Operating points per second, training time and gradient errors, by device and precision.

Usage: python -m benchmarks.accelerator [--devices numpy cpu cuda] [--cases CASE ...]
           [--batch N] [--samples N] [--data FOLDER] [--out FILE]

Devices that are not there are left out, and named. Points are solved in batches of N samples
(default: those of the case), half free, half nudged; training divides batches into shards of 256.
FOLDER holds MNIST's IDX files; without it random images stand in.
"""

import argparse
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from benchmarks.cases import CASES, load_images
from benchmarks.measure import operating_points, training
from benchmarks.records import write_record
from ebana_core import Model, __version__
from ebana_core.backends import NativeBackend
from ebana_core.data import DataSet
from ebana_core.errors import EbanaError
from ebana_core.rules import LearningRule

DEFAULT = (
    "1568-100-10 ideal, batch 64",
    "1568-1024-10 ideal, batch 64",
    "1568-100-20 antiparallel",
)
REFERENCE = NativeBackend(compiled=False)


def machine(device: str) -> str:
    """Return the name of what computes."""
    if device.startswith("cuda"):
        import torch

        return str(torch.cuda.get_device_name(device))
    return platform.processor() or platform.machine()


def gradient_error(
    model: Model, data: DataSet, loss: Any, rule: LearningRule, backend: NativeBackend
) -> float:
    """Return the largest error of a batch's gradient, relative to the largest entry."""
    expected = model.gradients(data, loss, rule, REFERENCE)
    found = model.gradients(data, loss, rule, backend)
    return max(
        float(np.abs(found[name] - value).max() / np.abs(value).max())
        for name, value in expected.items()
    )


def rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure case by case, device by device."""
    images, _ = load_images(arguments.data, arguments.samples)
    for name in arguments.cases:
        case = CASES[name]
        data = case.samples(images)
        part = data.subset(range(min(case.batch, len(data))))
        timed = attrs.evolve(case, batch=arguments.batch or case.batch)
        for device in arguments.devices:
            for dtype in ("float64", "float32"):
                own = None if device == "numpy" else device
                backend = NativeBackend(device=own, dtype=dtype, compiled=False)
                row = {"case": name, "device": device, "dtype": dtype}
                try:
                    case.build().simulator(backend)
                except EbanaError as error:
                    yield {**row, "left out": error.problem}
                    continue
                model = case.build()
                yield {
                    **row,
                    "machine": machine(device),
                    **operating_points(model, timed, backend, data, arguments.seconds),
                    **training(case.build(), case, backend, data),
                    "gradient_error": gradient_error(model, part, case.loss, case.rule, backend),
                }


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", nargs="+", default=["numpy", "cpu", "cuda"])
    parser.add_argument("--cases", nargs="+", default=DEFAULT, choices=sorted(CASES))
    parser.add_argument("--batch", type=int)
    parser.add_argument("--samples", type=int, default=2048)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--data")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    found = []
    for row in rows(arguments):
        print(json.dumps(row), flush=True)
        found.append(row)
    if arguments.out:
        versions = {"ebana": __version__, "numpy": np.__version__}
        threads = os.environ.get("OMP_NUM_THREADS", "all")
        record = {"versions": versions, "threads": threads, "rows": found}
        write_record(arguments.out, record)


if __name__ == "__main__":
    main()
