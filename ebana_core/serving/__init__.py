"""A small web server that shows the runs in a folder, and follows those that are being trained."""

from ebana_core.serving.listing import Listing
from ebana_core.serving.server import serve

__all__ = ["Listing", "serve"]
