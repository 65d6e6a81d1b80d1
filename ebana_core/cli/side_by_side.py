"""``ebana runs compare`` and ``ebana runs serve``: several runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from ebana_core.errors import StorageError
from ebana_core.paths import check_suffix, checked_path
from ebana_core.storage.comparison import compared, opened
from ebana_core.storage.exchange import write_lines
from ebana_core.storage.run import Run
from ebana_core.tables import text_table


def compare(
    run: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run files, or folders of them (every *.h5)."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write this, too: a page (.html), a picture (.png, .svg, .pdf) or a table (.csv)."
        ),
    ] = None,
) -> None:
    """Set runs side by side: scores, and the settings that differ."""
    from ebana_core.pictures import save_comparison, score_rows, setting_rows, write_comparison

    if out is not None:
        check_suffix(out, (".html", ".htm", ".png", ".svg", ".pdf", ".csv"))
    with opened(Run.open, _files(run)) as found:
        rows = compared(found)
        print(text_table(score_rows(rows), left=2))
        settings = setting_rows(rows)
        if settings[1:]:
            print("\n" + text_table(settings, left=len(rows) + 1))
        if out is None:
            return
        match out.suffix.lower():
            case ".csv":
                write_lines(out, [list(rows[0]), *(list(row.values()) for row in rows)])
            case ".html" | ".htm":
                write_comparison(found, out)
            case _:
                save_comparison(found, out)
        print(out)


def _files(named: list[Path]) -> list[Path]:
    """Return run files; a folder stands for those in it.

    Raises:
        StorageError: A folder holds none.
    """
    files: list[Path] = []
    for path in named:
        own = (
            sorted(filter(Path.is_file, path.glob("*.h5")))
            if checked_path(path).is_dir()
            else [path]
        )
        if not own:
            raise StorageError(f"{path} holds no *.h5 file.", "name a folder of runs, or runs")
        files += own
    return files


def serve(
    folder: Annotated[
        Path, typer.Argument(help="Where run files are, or folders of them.")
    ] = Path(),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8765,
    host: Annotated[
        str,
        typer.Option(help="Address to listen at; any other than this one lets others look, too."),
    ] = "127.0.0.1",
) -> None:
    """Show runs in a browser, and follow those that are being trained. Ctrl-C ends it."""
    from ebana_core.serving import Listing
    from ebana_core.serving import serve as serve_pages

    def announce(address: str) -> None:
        print(f"{address} shows the runs in {folder}; Ctrl-C ends it", flush=True)

    serve_pages(Listing(folder), host, port, announce)
