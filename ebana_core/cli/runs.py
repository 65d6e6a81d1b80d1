"""``ebana runs``: look at run files, save what they hold in other forms."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ebana_core.cli.tables import output_console, table
from ebana_core.errors import EbanaError, ParameterError
from ebana_core.model.exchange import write_csv, write_npz
from ebana_core.storage.repair import repair as repair_file
from ebana_core.storage.run import Run

runs = typer.Typer(help="Look at run files.", no_args_is_help=True)

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run file, such as xor.h5.")]


def _last(values: Any, form: str) -> str:
    known = values[~np.isnan(values)]
    return form.format(known[-1]) if len(known) else ""


@runs.command("list")
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Where to look for *.h5.")] = Path(),
) -> None:
    """List the runs in a folder, newest last."""
    console = output_console()
    listed = table(console, "run", "status", "epochs", "train loss", "accuracy", "validation")
    others = 0
    for path in sorted(folder.glob("*.h5"), key=lambda found: found.stat().st_mtime):
        try:
            with Run.open(path) as run:
                scores = run.scores
                listed.add_row(
                    path.name,
                    run.status,
                    str(run.n_epochs),
                    _last(scores["train_loss"], "{:.4g}"),
                    _last(scores["train_accuracy"], "{:.1%}"),
                    _last(scores["validation_accuracy"], "{:.1%}"),
                )
        except EbanaError:
            others += 1
    console.print(listed)
    if others:
        print(f"{others} other or damaged files")


@runs.command()
def info(run: RunPath) -> None:
    """Tell what a run is: settings, layers, scores, what was recorded."""
    console = output_console()
    with Run.open(run) as opened:
        print(f"{run}: {opened.status}, {opened.n_epochs} epochs, seed {opened.seed}")
        print(f"begun {opened.started} on {opened.platform}")
        print("command: " + " ".join(opened.command))
        for title, items in (("settings", opened.settings), ("versions", opened.versions)):
            print(f"{title}: " + ", ".join(f"{key} {value}" for key, value in items.items()))
        layers = table(console, "layer", "device", "behind")
        for name, layer in opened.model["layers"].items():
            layers.add_row(name, layer["device"], ", ".join(layer["parents"]))
        console.print(layers)
        recorded = table(console, "recorded", "epochs", "shape", "unit")
        for place in opened.places:
            found = opened.recorded(place)
            recorded.add_row(place, str(len(found)), str(found.shape[1:]), found.unit)
        console.print(recorded)


@runs.command()
def export(
    run: RunPath,
    out: Annotated[
        Path,
        typer.Argument(
            help="history as .csv; final parameters as .npz; one parameter with --parameter."
        ),
    ],
    parameter: Annotated[
        str | None, typer.Option(help="Write this parameter, for example d1.conductance.")
    ] = None,
) -> None:
    """Save the history or the final parameters for other programs."""
    with Run.open(run) as opened:
        if parameter is not None:
            values = opened.parameters
            if parameter not in values:
                raise ParameterError(
                    f"{run} has no parameter {parameter!r}; it has {sorted(values)}.",
                    "name one of these",
                )
            write_csv(out, parameter, opened.units()[parameter], values[parameter])
        elif out.suffix == ".npz":
            write_npz(out, opened.parameters)
        elif out.suffix == ".csv":
            scores = opened.scores
            write_csv(out, ",".join(scores), "a column each", np.stack(list(scores.values()), 1))
        else:
            raise ParameterError(f"{out} has no known suffix.", "write .csv or .npz")


@runs.command()
def repair(
    run: RunPath,
    out: Annotated[Path, typer.Argument(help="New file for what can be read.")],
) -> None:
    """Save what can be read of a damaged run; the file itself is left as it is."""
    result = repair_file(run, out)
    print(f"{out}: {result.n_epochs} epochs")
    for place in result.lost:
        print(f"lost: {place}")
