"""``ebana runs``: look at run files, save what they hold in other forms."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ebana_core.callbacks.progress import describe
from ebana_core.cli.side_by_side import compare, serve
from ebana_core.cli.tables import output_console, table
from ebana_core.errors import EbanaError, ParameterError, StorageError
from ebana_core.model import Model
from ebana_core.network.plain_data import missing
from ebana_core.paths import check_suffix, checked_path, in_unicode
from ebana_core.registry import load_registry
from ebana_core.storage.comparison import last_known, status_in_words
from ebana_core.storage.exchange import write_columns, write_csv, write_npz
from ebana_core.storage.repair import repair as repair_file
from ebana_core.storage.run import Run
from ebana_core.tables import number

runs = typer.Typer(help="Look at run files.", no_args_is_help=True)

DRAWN = "scores, parameters, crossbars, voltages, changes, wires, power, solving"
"""The pictures of a run, `ebana_core.pictures.PICTURES`: their room takes a second to import."""

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run file, such as xor.h5.")]


@runs.command("list")
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Where to look for *.h5.")] = Path(),
) -> None:
    """List the runs in a folder, newest last."""
    if not checked_path(folder).is_dir():
        raise StorageError(
            f"{folder} is not a folder.", "name a folder, or a run: ebana runs info RUN"
        )
    console = output_console()
    listed = table(console, "run", "status", "epochs", "train loss", "accuracy", "validation")
    others: list[str] = []
    for path in sorted(sorted(folder.glob("*.h5")), key=_changed):
        try:
            with Run.open(path) as run:
                scores = run.scores
                listed.add_row(
                    in_unicode(path.name),
                    status_in_words(run.status, run.ended),
                    str(run.n_epochs),
                    number(last_known(scores["train_loss"]), "{:.4g}"),
                    number(last_known(scores["train_accuracy"]), "{:.1%}"),
                    number(last_known(scores["validation_accuracy"]), "{:.1%}"),
                )
        except EbanaError:
            others.append(path.name)
    console.print(listed)
    if others:
        print(f"no runs, or damaged: {', '.join(others)}")


def _changed(path: Path) -> float:
    """Return when a file was changed last, s since 1970; a link that leads nowhere comes first."""
    try:
        return path.stat().st_mtime
    except OSError:  # or it went away in the meantime
        return 0.0


@runs.command()
def info(run: RunPath) -> None:
    """Tell what a run is: settings, layers, scores, what was recorded."""
    console = output_console()
    with Run.open(run) as opened:
        status = status_in_words(opened.status, opened.ended)
        print(f"{run}: {status}, {opened.n_epochs} epochs, seed {opened.seed}")
        print(f"begun {opened.started} on {opened.platform}")
        print("command: " + " ".join(opened.command))
        told = {key: value for key, value in opened.settings.items() if key != "learning"}
        for title, items in (("settings", told), ("versions", opened.versions)):
            print(f"{title}: " + ", ".join(f"{key} {value}" for key, value in items.items()))
        absent = missing([opened.model, opened.settings.get("learning")], load_registry())
        for error in absent.values():
            print(error)
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
            help="history as .csv; final parameters as .npz; one parameter, --parameter, as .csv."
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
            check_suffix(out, (".csv",))
            write_csv(out, parameter, opened.units()[parameter], values[parameter])
            return
        check_suffix(out, (".csv", ".npz"))
        if out.suffix.lower() == ".npz":
            write_npz(out, opened.parameters)
        else:
            scores = opened.scores
            write_columns(out, list(scores), np.stack(list(scores.values()), 1))


@runs.command()
def plot(
    run: RunPath,
    out: Annotated[
        Path, typer.Argument(help="Files begin with this name and end with its .png, .svg or .pdf.")
    ],
    picture: Annotated[
        list[str] | None,
        typer.Option(help=f"{DRAWN}; by default all there are."),
    ] = None,
) -> None:
    """Draw what a run holds: scores, conductances, voltages, what a nudge moves, power."""
    from ebana_core.pictures import drawable, save_pictures

    with Run.open(run) as opened:
        for file in save_pictures(opened, out, picture or drawable(opened)):
            print(file)


@runs.command()
def schematic(
    run: RunPath,
    out: Annotated[Path, typer.Argument(help="The picture: .svg, .png or .pdf.")],
    max_units: Annotated[
        int, typer.Option(help="How many nodes of a layer are drawn before an ellipsis.")
    ] = 8,
) -> None:
    """Draw the circuit of a run, or of a saved model, with the values of its last epoch."""
    Model.load(run).schematic(max_units=max_units).save(out)
    print(out)


@runs.command()
def report(
    run: RunPath,
    out: Annotated[
        Path | None, typer.Argument(help="The page; by default RUN with the suffix .html.")
    ] = None,
) -> None:
    """Write one interactive page that opens in any browser, without a network."""
    from ebana_core.pictures import write_report

    out = out or run.with_suffix(".html")
    with Run.open(run) as opened:
        write_report(opened, out)
    print(out)


@runs.command()
def watch(
    run: RunPath,
    seconds: Annotated[float, typer.Option(min=0.05, help="Time between two looks.")] = 0.5,
    patience: Annotated[
        float, typer.Option(min=1.0, help="Seconds without a commit after which to give up.")
    ] = 600.0,
) -> None:
    """Follow a run that another process trains, until it ends."""
    seen, changed = 0, time.monotonic()
    with Run.open(run) as opened:
        while True:
            scores = opened.scores
            for k in range(seen, opened.n_epochs):
                print(_told(scores, k, opened.settings["epochs"]), flush=True)
            if opened.n_epochs > seen:
                seen, changed = opened.n_epochs, time.monotonic()
            if opened.status != "running":
                print(opened.status)
                return
            if time.monotonic() - changed > patience:
                raise StorageError(
                    f"{run} has had no commit for {patience:g} s.",
                    "its process may have been killed: fit(..., resume=True) goes on",
                )
            time.sleep(seconds)
            opened.refresh()


def _told(scores: Mapping[str, Any], k: int, n_epochs: int) -> str:
    logs = {
        "loss": scores["train_loss"][k],
        "accuracy": scores["train_accuracy"][k],
        "val_loss": scores["validation_loss"][k],
        "val_accuracy": scores["validation_accuracy"][k],
    }
    return f"epoch {int(scores['epoch'][k])}/{n_epochs}: {describe(logs)}"


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


runs.command()(compare)
runs.command()(serve)
