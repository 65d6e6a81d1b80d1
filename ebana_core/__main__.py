"""Runs the command line: ``python -m ebana_core``."""

from ebana_core.cli import main

main()
