"""Paths as users give them: only plain files are opened, and written as a whole or not at all.

Opening a pipe waits for ever, and a device may never end.
"""

import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ebana_core.errors import ParameterError, StorageError

LONGEST_PART = 40
"""Largest number of characters of a name that the name of its partial file repeats."""
_NUMBERS = count()
"""Threads of a process may write to one path at a time."""

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Return a path, whatever is there.

    Raises:
        StorageError: It is none, or no file can have this name.
    """
    _mode(path)
    return Path(path)


def checked_source(path: str | os.PathLike[str]) -> Path:
    """Return the path of an existing plain file.

    Raises:
        StorageError: There is none, it is something else, or no file can have this name.
    """
    mode = _mode(path)
    if mode is None:
        raise StorageError(f"{_shown(path)} does not exist.", "check the path")
    _refuse_others(path, mode, "give the path of a file")
    return Path(path)


def checked_target(path: str | os.PathLike[str]) -> Path:
    """Return a path that a plain file may be written to; of a link, that which it leads to.

    Raises:
        StorageError: Something else is there, its folder is missing, or no file can have this name.
    """
    mode = _mode(path)
    if mode is not None:
        _refuse_others(path, mode, "give the path of a file, or one where nothing is")
    target = Path(path)
    if target.is_symlink():  # replaced by a file, the link would hide that it led elsewhere
        target = Path(os.path.realpath(target))
    folder = target.absolute().parent
    if not folder.is_dir():
        raise StorageError(
            f"{_shown(path)} cannot be written: there is no folder {_shown(folder)}.",
            "make the folder first",
        )
    return target


def in_unicode(text: str) -> str:
    r"""Return a text as it can be written; Linux allows names of any bytes.

    Python keeps such a byte as half a character, which no file, page or picture can hold.

    Examples:
        >>> in_unicode("c\udcff.h5")
        'c\\udcff.h5'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def check_suffix(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse a file to write whose name says that it holds something else, such as a run.

    Raises:
        ParameterError: Its suffix is none of `suffixes`.
    """
    if path.suffix.lower() not in suffixes:
        found = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise ParameterError(
            f"{_shown(path)} has {found}.", f"name a file that ends with {' or '.join(suffixes)}"
        )


def partial_path(target: Path) -> Path:
    """Return the name under which a file is written until it is whole.

    A name may have 255 bytes, and a character up to four of them: a long one is cut, and its
    checksum tells it from others that begin alike. Threads that write one file write it one after
    the other, each as a whole.
    """
    name = target.name
    if len(name) > LONGEST_PART:
        name = f"{name[:LONGEST_PART]}-{zlib.crc32(name.encode()):08x}"
    return target.with_name(f".{name}.{os.getpid()}-{next(_NUMBERS)}.partial")


def put_new(partial: Path, target: Path) -> None:
    """Give a whole file its name, which no other file has; to look first would leave a gap.

    Raises:
        FileExistsError: Another file has it, and keeps it.
    """
    try:
        os.link(partial, target)
    except FileExistsError:
        raise
    except OSError:  # a file has one name at a time on FAT and in a browser: take it, then move
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        partial.replace(target)
    else:
        partial.unlink()


@contextmanager
def replacing(path: str | os.PathLike[str], *, is_new: bool = False) -> Iterator[Path]:
    """Give a path to write to that takes the place of another one when all is written.

    Args:
        path: Of the file.
        is_new: Refuse to replace a file.

    Raises:
        StorageError: It cannot be written; what stood at `path` is untouched.
    """
    target = checked_target(path)
    partial = partial_path(target)
    try:
        yield partial
        if is_new:
            put_new(partial, target)
        else:
            partial.replace(target)
    except StorageError:
        raise
    except FileExistsError as error:
        raise StorageError(f"{os.fspath(path)} exists.", "choose another name") from error
    except OSError as error:
        # h5py says what failed within HDF5, in many lines, where the system has a word for it.
        reason = os.strerror(error.errno) if error.errno else error
        raise StorageError(
            f"{os.fspath(path)} cannot be written: {reason}.",
            "choose an existing folder with free space that you may write to",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _mode(path: str | os.PathLike[str]) -> int | None:
    """Return what kind of file is at a path; None: nothing."""
    try:
        Path(path)  # os.stat takes bytes, and numbers of open files
        if not os.fspath(path):  # which pathlib takes for the present folder
            raise ValueError("it is empty")
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:  # too long, a zero byte, no path at all
        raise StorageError(
            f"{_shown(path)} cannot be the path of a file: "
            f"{getattr(error, 'strerror', None) or error}.",
            "give another name, short enough and of characters that file systems allow",
        ) from error


def _refuse_others(path: str | os.PathLike[str], mode: int, fix: str) -> None:
    for is_kind, kind in KINDS:
        if is_kind(mode):
            raise StorageError(f"{_shown(path)} is {kind}, not a file.", fix)


def _shown(path: object) -> str:
    text = repr(os.fspath(path)) if isinstance(path, str | os.PathLike) else repr(path)
    return text if len(text) <= 120 else f"{text[:120]}..."
