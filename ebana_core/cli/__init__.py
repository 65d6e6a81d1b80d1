"""The command line ``ebana``."""

from ebana_core.cli.app import main

__all__ = ["main"]
