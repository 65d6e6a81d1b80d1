"""``ebana demo``: train a small network and show what it learned."""

from rich.console import Console
from rich.table import Table

from ebana_core import optimizers
from ebana_core.cli.networks import DEMOS, Demo, right_answers
from ebana_core.data import BatchGenerator
from ebana_core.metrics import Metrics
from ebana_core.model import Model
from ebana_core.registry import load_registry
from ebana_core.rules import EquilibriumPropagation

SHOWN = 8
"""Samples in the table of predictions."""


def run_demo(name: str, backend: str, epochs: int | None, seed: int, *, is_quiet: bool) -> None:
    """Train the demo `name` and print its answers.

    Raises:
        UnknownDeviceError: A plugin is missing; named.
        MissingLibraryError: An extra or libngspice is missing; named.
    """
    demo, console = DEMOS[name](), Console()
    model = demo.model(load_registry(), seed)
    epochs = epochs or demo.epochs
    if not is_quiet:
        console.print(
            f"{demo.title} on {backend}, seed {seed}: {model.summary().n_trainable} "
            f"conductances, {epochs} epochs"
        )
    model.fit(
        BatchGenerator(demo.train, batch_size=demo.batch_size),
        demo.loss,
        optimizers.Adam(model),
        epochs=epochs,
        test_dataloader=demo.test,
        metrics=Metrics(
            model,
            verbose=not is_quiet,
            validate_every={"epoch_num": max(1, epochs // 10)},
            save_parameters=None,
        ),
        backend=backend,
        rule=EquilibriumPropagation(demo.beta, variant="centered"),
    )
    _report(demo, model, backend, console)


def _report(demo: Demo, model: Model, backend: str, console: Console) -> None:
    answers = model.predict(demo.test, backend)
    right, total = right_answers(demo, answers)
    assert demo.test.outputs is not None
    ((name, targets),) = demo.test.outputs.items()
    table = Table("inputs (V)", "target (V)", "prediction (V)")
    inputs = demo.test.inputs["xp"]
    for sample in range(min(SHOWN, len(targets))):
        table.add_row(
            *(
                " ".join(f"{value:.2f}" for value in row[sample])
                for row in (inputs, targets, answers[name])
            )
        )
    console.print(table)
    result = model.evaluate(demo.test, demo.loss, backend)
    console.print(
        f"{right} of {total} answers right; loss {result.loss:.4g}, "
        f"mean power {result.mean_power:.3g} W"
    )
