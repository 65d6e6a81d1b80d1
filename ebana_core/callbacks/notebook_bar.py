"""The live bar of a notebook that has no ipywidgets, without which rich draws none there."""

import io
from importlib import import_module
from typing import Any, final

COLUMNS = 100
"""Width of the bar, characters."""
FRAME = "<pre style='margin:0;line-height:normal'>{code}</pre>"


@final
class NotebookBar:
    """Shows a bar of rich as text, in place of the one that it showed before.

    Args:
        progress: The bar, which draws nothing by itself.
    """

    def __init__(self, progress: Any) -> None:
        self._progress, self._shown = progress, None

    @property
    def task_ids(self) -> Any:
        """As of the bar."""
        return self._progress.task_ids

    @property
    def console(self) -> Any:
        """As of the bar."""
        return self._progress.console

    def start(self) -> None:
        """Show it for the first time."""
        display = import_module("IPython.display").display
        self._shown = display(_Page(self._html()), display_id=True)

    def update(self, *args: Any, **fields: Any) -> None:
        """Change what it says, and show it."""
        self._progress.update(*args, **fields)
        if self._shown is not None:
            self._shown.update(_Page(self._html()))

    def stop(self) -> None:
        """Leave it as it is."""

    def _html(self) -> str:
        console_of_rich = import_module("rich.console").Console
        console = console_of_rich(
            file=io.StringIO(), record=True, width=COLUMNS, force_jupyter=False
        )
        console.print(self._progress.get_renderable())
        return str(console.export_html(inline_styles=True, code_format=FRAME))


@final
class _Page:
    """HTML that a notebook shows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_html_(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "progress"
