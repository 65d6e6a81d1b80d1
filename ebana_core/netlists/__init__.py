"""Netlists of one sample, in the languages of several simulators, and as a graph."""

from ebana_core.netlists.writing import DIALECTS, netlist_text

__all__ = ["DIALECTS", "netlist_text"]
