"""Identities of users' objects, so that a resumed run is the same run."""

import ast
import inspect
import textwrap
import zlib
from typing import Any

from ebana_core.network.plain_data import ADDRESS, plain

OWN = "ebana_core"


def identity(thing: Any) -> str:
    """Return an object in words that change with its settings and with the code of its class.

    Classes of EBANA tell their settings; one that was written elsewhere may keep settings aside
    and have been edited, so its attributes and a checksum of its source follow.
    """
    if type(thing).__module__.split(".")[0] == OWN:
        return ADDRESS.sub("", repr(thing))  # of functions that are settings
    words = [ADDRESS.sub("", repr(thing))]
    words += [
        f"{key}={plain(value, key)}" for key, value in sorted(public_attributes(thing).items())
    ]
    digest = _source_digest(type(thing))
    return " ".join([*words, *([f"source {digest}"] if digest else [])])


def public_attributes(thing: Any) -> dict[str, Any]:
    """Return what stands in the dictionary of an object, without what is private."""
    own: dict[str, Any] = getattr(thing, "__dict__", {})  # objects with slots have none
    return {key: value for key, value in own.items() if not key.startswith("_")}


def _source_digest(cls: type) -> str:
    """Return a checksum of a class's code, whatever its comments and layout; empty: not known."""
    try:
        code = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):  # typed at a prompt
        return ""
    for node in ast.walk(code):
        # `unparse` drops comments and layout; docstrings go here.
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return f"{zlib.crc32(ast.unparse(code).encode()):08x}"
