"""``ebana demo``: train a small network and show what it learned."""

import logging
import sys
import time
from enum import StrEnum
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from ebana_core.arrays import Array
from ebana_core.cli.tables import output_console, table
from ebana_core.registry import load_registry
from ebana_core.zoo.demos import DEMOS, Answers, Demo

LOGGER = logging.getLogger("ebana")

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended."""


class Network(StrEnum):
    """The demo networks."""

    XOR = "xor"
    GATES = "gates"
    IRIS = "iris"


def demo(
    network: Annotated[
        Network,
        typer.Argument(
            help="What to learn: exclusive or; OR, AND and XOR at once; three species of iris."
        ),
    ] = Network.XOR,
    backend: Annotated[
        str, typer.Option(help="native, the embedded simulator, or ngspice.")
    ] = "native",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="By default what the network needs.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of initial conductances and order of samples.")
    ] = 0,
) -> None:
    """Train a small analog network and show what it learned."""
    try:
        run_demo(network.value, backend, epochs, seed)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def run_demo(name: str, backend: str, epochs: int | None, seed: int) -> None:
    """Train the demo `name` and print its answers.

    Raises:
        UnknownDeviceError: A plugin is missing; says what to install.
        MissingLibraryError: scikit-learn or libngspice is missing; says what to install.
    """
    demo, console = DEMOS[name](), output_console()
    model = demo.build(load_registry(), seed)
    summary = model.summary()
    model.simulator(backend)  # before anything is printed: it may be missing
    if LOGGER.isEnabledFor(logging.INFO):
        console.print(
            f"{demo.title} on {backend}, seed {seed}: {summary.n_trainable} trainable values, "
            f"{epochs or demo.epochs} epochs"
        )
    LOGGER.debug("%s", summary)
    started = time.perf_counter()
    demo.fit(model, backend=backend, epochs=epochs, verbose=LOGGER.isEnabledFor(logging.INFO))
    seconds = time.perf_counter() - started
    prediction = model.predict(demo.test, backend)[demo.output]
    _show_answers(demo, prediction, console)
    result = model.evaluate(demo.test, demo.loss, backend)
    given, right = demo.answers(prediction)
    console.print(
        f"{(given == right).sum()} of {right.size} answers right "
        f"(accuracy {(given == right).mean():.1%}), loss {result.loss:.3g}"
    )
    console.print(f"trained in {seconds:.1f} s, mean power {result.mean_power:.3g} W")


def _show_answers(demo: Demo, prediction: Array, console: Console) -> None:
    given, right = demo.answers(prediction)
    if right.ndim == 1:
        _show_classes(demo, given, right, console)
    else:
        _show_truth_table(demo, prediction, console)


def _show_truth_table(demo: Demo, prediction: Array, console: Console) -> None:
    """Print one row per sample: the inputs, and the voltage that answers each question."""
    given, right = demo.answers(prediction)
    shown = table(console, "inputs", *demo.labels, "")
    for sample, inputs in enumerate(demo.test.inputs["xp"] > 0):
        answers = [
            f"{int(answer)} ({volts:z.3f} V)"
            for answer, volts in zip(given[sample], prediction[sample], strict=True)
        ]
        is_right = bool((given[sample] == right[sample]).all())
        bits = " ".join(str(int(bit)) for bit in inputs)
        shown.add_row(bits, *answers, "right" if is_right else "wrong")
    console.print(shown)


def _show_classes(demo: Demo, given: Answers, right: Answers, console: Console) -> None:
    """Print one row per class: how its test samples were classified."""
    shown = table(console, "test samples of", *(f"taken for {name}" for name in demo.labels))
    for number, name in enumerate(demo.labels):
        counts = np.bincount(given[right == number], minlength=len(demo.labels))
        shown.add_row(name, *(str(count) for count in counts))
    console.print(shown)
