"""Why a run file could not be written, in words."""

import errno
import os
import re

from ebana_core.errors import StorageError
from ebana_core.storage.layout import Commit
from ebana_core.storage.superblock import file_size_limit


def failure(path: str | os.PathLike[str], error: Exception, commit: Commit) -> StorageError:
    """Return what kept a file from being written.

    Args:
        path: The file.
        error: What h5py raised; it names the number of the system's error.
        commit: What the file holds.
    """
    found = re.search(r"errno = (\d+)", str(error))
    number = int(found[1]) if found else error.errno if isinstance(error, OSError) else None
    reasons = {
        errno.ENOSPC: ("the disk is full", "free disk space"),
        errno.EDQUOT: ("the quota of the user is used up", "delete files, or raise the quota"),
        errno.EFBIG: (
            f"it may not grow beyond {_size_limit()}",
            "raise the limit on the size of files (ulimit -f), or record less",
        ),
    }
    problem, fix = reasons.get(
        number or 0, (f"{error}", "see that its folder can be written and has free space")
    )
    kept = f"{commit.epochs} epochs"
    if commit.partial_batches:
        kept += f" and {commit.partial_batches} batches"
    return StorageError(
        f"{path} cannot be written: {problem}.",
        f"{fix}; the {kept} committed before are in it, and fit(..., resume=True) goes on",
    )


def _size_limit() -> str:
    limit = file_size_limit()
    return "what its file system allows" if limit is None else f"{limit} bytes"
