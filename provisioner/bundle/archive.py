"""The zip format, written so that the same members give the same bytes on every machine.

``zipfile`` would compress again, and zlib and its replacements (zlib-ng, Apple's) make different bytes of the same
input. So nothing is compressed here: what comes from a wheel keeps the very stream that the wheel has, and the
function's own few files are stored as they are. No bit of the result depends on a library's version.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_NAME_LENGTHS = struct.Struct("<HH")
_NAME_LENGTHS_AT = 26  # within a local header of 30 bytes
_VERSION = 20  # 2.0, the first with deflate
_MADE_ON_UNIX = 3 << 8
_UTF8 = 0x800
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what Lambda unpacks
_TIME, _DATE = 0, 33  # 1980-01-01 00:00, the first moment that a zip can name
_MODE = 0o100644 << 16  # a plain file; Lambda needs neither the executable bit nor entries for folders


@dataclass(frozen=True)
class Member:
    """One file as it lies in a zip: ``data`` compressed by ``method``; ``size`` and ``crc`` are the file's own."""

    data: bytes
    method: int
    size: int
    crc: int


def stored(content: bytes) -> Member:
    """A file of our own, uncompressed."""
    return Member(content, zipfile.ZIP_STORED, len(content), zlib.crc32(content))


def members_of(zipped: bytes) -> dict[str, Member]:
    """The files of a zip by name, still compressed. Raises ``zipfile.BadZipFile`` and what ``zipfile`` and ``struct``
    raise besides.
    """
    with io.BytesIO(zipped) as file, zipfile.ZipFile(file) as archive:
        found = {}
        for info in archive.infolist():
            if info.is_dir():
                continue
            file.seek(info.header_offset + _NAME_LENGTHS_AT)
            # The local header's own extra field may be longer or shorter than the one that `info` knows.
            name, extra = _NAME_LENGTHS.unpack(file.read(_NAME_LENGTHS.size))
            file.seek(name + extra, 1)
            data = file.read(info.compress_size)
            if len(data) < info.compress_size or info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
                raise zipfile.BadZipFile(f"{info.filename} is cut off, encrypted, or compressed in another way")
            found[info.filename] = Member(data, info.compress_type, info.file_size, info.CRC)
    return found


def assembled(members: Mapping[str, Member]) -> bytes:
    """A zip of these members: sorted by name, one timestamp, one mode."""
    files, directory = bytearray(), bytearray()
    for name, member in sorted(members.items()):
        encoded = name.encode()
        flags = 0 if name.isascii() else _UTF8
        shared = (flags, member.method, _TIME, _DATE, member.crc, len(member.data), member.size, len(encoded), 0)
        directory += _CENTRAL.pack(
            b"PK\x01\x02", _MADE_ON_UNIX | _VERSION, _VERSION, *shared, 0, 0, 0, _MODE, len(files)
        )
        directory += encoded
        files += _LOCAL.pack(b"PK\x03\x04", _VERSION, *shared) + encoded + member.data
    end = _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(files), 0)
    return bytes(files + directory + end)
