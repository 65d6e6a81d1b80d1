"""The first bytes of an HDF5 file, where it tells its own size.

HDF5 writes there how long the file is to become. Where a limit keeps it from becoming so long,
readers refuse all of it, until that number says what is there.

Source: HDF5 File Format Specification 3.0, II.A "Superblock", versions 2 and 3; the checksum is
Bob Jenkins' lookup3, http://burtleburtle.net/bob/c/lookup3.c, function hashlittle, from 0.
"""

import os
import struct

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SIZE = 48
"""Bytes of a superblock of version 2 or 3 with offsets of 8 bytes."""
END_OF_FILE = 28
"""Offset of the address of the file's end: signature 8, four single bytes, base and extension
16."""
MASK = 0xFFFFFFFF


def shorten_promise(number: int) -> None:
    """Let an open HDF5 file say that it is as long as it is; it may have been cut short.

    Args:
        number: Its file descriptor, open for writing.

    Raises:
        OSError: It cannot be read or written.
    """
    os.lseek(number, 0, os.SEEK_SET)
    block = os.read(number, SIZE)
    size = os.fstat(number).st_size
    if len(block) < SIZE or not block.startswith(SIGNATURE) or block[8] not in (2, 3):
        return
    (promised,) = struct.unpack_from("<Q", block, END_OF_FILE)
    if promised <= size:
        return
    body = block[:END_OF_FILE] + struct.pack("<Q", size) + block[END_OF_FILE + 8 : SIZE - 4]
    os.lseek(number, 0, os.SEEK_SET)
    os.write(number, body + struct.pack("<I", lookup3(body)))


def file_size_limit() -> int | None:
    """Return how many bytes a file of this process may have; None: no limit of its own."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def lookup3(data: bytes) -> int:
    """Return the checksum of HDF5's metadata, of at least one byte."""
    a = b = c = (0xDEADBEEF + len(data)) & MASK
    pieces = [data[k : k + 12].ljust(12, b"\0") for k in range(0, len(data), 12)]
    for place, piece in enumerate(pieces, start=1):
        x, y, z = struct.unpack("<III", piece)
        a, b, c = (a + x) & MASK, (b + y) & MASK, (c + z) & MASK
        if place < len(pieces):
            a, b, c = _mixed(a, b, c)
    return _ended(a, b, c)


def _turned(number: int, bits: int) -> int:
    return ((number << bits) | (number >> (32 - bits))) & MASK


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    # The same step six times, with the names of the three moved on.
    for bits in (4, 6, 8, 16, 19, 4):
        a = ((a - c) & MASK) ^ _turned(c, bits)
        c = (c + b) & MASK
        a, b, c = b, c, a
    return a, b, c


def _ended(a: int, b: int, c: int) -> int:
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _turned(b, bits)) & MASK
        a, b, c = b, c, a
    return b
