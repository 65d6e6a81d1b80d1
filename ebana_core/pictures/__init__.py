"""Pictures of a run: what it learned, how its devices moved, what its nodes and layers do."""

from ebana_core.pictures.files import PICTURES, drawable, save_pictures
from ebana_core.pictures.report import write_report

__all__ = ["PICTURES", "drawable", "save_pictures", "write_report"]
