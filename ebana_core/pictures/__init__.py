"""Pictures of a run: what it learned, how its devices moved, what its nodes and layers do."""

from ebana_core.pictures.comparison import (
    save_comparison,
    score_rows,
    setting_rows,
    write_comparison,
)
from ebana_core.pictures.files import PICTURES, draw_picture, drawable, save_pictures
from ebana_core.pictures.report import write_report

__all__ = [
    "PICTURES",
    "draw_picture",
    "drawable",
    "save_comparison",
    "save_pictures",
    "score_rows",
    "setting_rows",
    "write_comparison",
    "write_report",
]
