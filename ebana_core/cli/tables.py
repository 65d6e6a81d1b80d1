"""Tables that stay readable in a file: lines are drawn on a terminal only."""

from rich import box
from rich.console import Console
from rich.table import Table


def table(console: Console, *columns: str) -> Table:
    """Return an empty table; without a terminal its rows are plain lines."""
    if console.is_terminal:
        return Table(*columns, box=box.ROUNDED)
    return Table(*columns, box=None, pad_edge=False, header_style="")


def output_console() -> Console:
    """Return the console of results: standard output, without markup in texts."""
    return Console(markup=False, highlight=False, soft_wrap=False)
