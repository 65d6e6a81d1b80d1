"""The command line ``ebana``: demos, runs, plugins, a look at the installation."""

from ebana_core.cli.app import main

__all__ = ["main"]
