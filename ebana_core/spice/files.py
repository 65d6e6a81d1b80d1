"""Reads the text of SPICE files from any system and decade."""

import codecs
import os
import stat
from pathlib import Path

from ebana_core.errors import StorageError

LARGEST_FILE = 2**26
"""Largest size of a SPICE file, bytes."""
CLEANED = {**dict.fromkeys("\t\f\v\xa0", " "), "\x1a": "\n", "\ufeff": "", "\r": "\n"}
"""Sign to what it stands for.

Form feeds and the like are blanks to ngspice too, no ends of lines. The byte 0x1A ended files under
CP/M and DOS; files that were joined there hold it in their midst.
"""
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 512
"""Number of bytes by which a file without a mark is judged to be UTF-16 or not."""


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the contents of a file.

    Raises:
        StorageError: There is no such file, it is none (a folder, a pipe), or it is too large.
    """
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would wait for ever
            raise OSError("it is not a file")
        if status.st_size > LARGEST_FILE:
            raise OSError(f"it has {status.st_size} bytes, more than {LARGEST_FILE}")
        with Path(path).open("rb") as stream:
            return stream.read(LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The SPICE file {os.fspath(path)!r} cannot be read: {error}.",
            "give the path of an existing SPICE file",
        ) from error


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8, UTF-16, or else Latin-1, in which every byte is a sign."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), "")
    if not encoding:
        sample = data[:SAMPLE]
        for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if len(sample) > 3 and not any(sample[start::2]):
                encoding = name
    try:
        text = data.decode(encoding or "utf-8", "replace" if encoding else "strict")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return cleaned(text)


def cleaned(text: str) -> str:
    """Return text whose lines end in a line feed, and whose blanks are blanks."""
    text = text.replace("\r\n", "\n")
    for sign, instead in CLEANED.items():  # much faster than translate() where few are there
        text = text.replace(sign, instead)
    return text


def found_beside(path: Path) -> Path | None:
    """Return a path, or that of a file beside it whose name differs in capital letters only."""
    if path.exists():
        return path
    wanted = path.name.lower()
    beside = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    return next((own for own in beside if own.name.lower() == wanted), None)
