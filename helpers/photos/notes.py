"""Files without the notes that nobody needs, so that no note keeps pixels from view.

Beside its pixels a file holds text, thumbnails, settings of a camera. Pillow reads all
of it first and gives up at the first note that is broken or large; browsers do not.
"""

import zlib
from collections.abc import Iterator
from itertools import islice

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
MAX_NOTE = 1 << 20  # bytes, unpacked: what Pillow reads of a PNG
MAX_PARTS, MAX_KEPT = 4_000_000, 100_000  # libpng writes one for 8 kB of pixels
# the segments of a JPEG whose contents matter: how they begin, how long they are
SEGMENTS = {
    0xE0: (b"JFIF\0", 14),
    0xE1: (b"Exif\0\0", 6),
    0xE2: (b"ICC_PROFILE\0", 14),
    0xEE: (b"Adobe", 12),
}


def without_notes(data: bytes) -> bytes:
    """Return a PNG or JPEG with its pixels, colours and orientation alone.

    Of EXIF and colour profiles the first one counts; in a PNG only if its checksum is
    right and it unpacks to MAX_NOTE bytes at most. A file of more than MAX_PARTS parts,
    or MAX_KEPT that count, comes back cut short. Other files come back as they are.
    """
    for begin, parts in ((PNG, _png), (JPEG, _jpeg)):
        if data.startswith(begin):
            return b"".join(islice(parts(memoryview(data)), MAX_KEPT))
    return data


def _png(data: memoryview) -> Iterator[memoryview]:
    """Yield the signature and each chunk that is needed."""
    yield data[:8]
    at, name, tried, left = 8, b"", set(), MAX_PARTS
    while at < len(data) and name != b"IEND" and (left := left - 1):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name, body = bytes(data[at + 4 : at + 8]), data[at + 8 : end - 4]
        note = _note(name, body, bytes(data[25:26]))
        # a name in capitals is of a chunk without which there is no picture
        if name[:1].isupper() or (
            note and note not in tried and _is_whole(data[at:end])
        ):
            yield data[at:end]
        tried.add(note)
        at = end


def _note(name: bytes, body: memoryview, colour: bytes) -> bytes | None:
    """Return what a PNG's chunk tells if that is colours or orientation, else None."""
    if name == b"tRNS":  # for grey, RGB, and each colour of a palette
        sizes = {b"\0": [2], b"\2": [6], b"\3": range(257)}
        return name if len(body) in sizes.get(colour, []) else None
    if name in (b"iCCP", b"eXIf"):
        return name
    key = bytes(body[:80]).partition(b"\0")[0]
    if name in (b"tEXt", b"zTXt") and key == b"Raw profile type exif":
        return key  # EXIF as ImageMagick writes it
    plain = bytes(body[len(key) + 1 : len(key) + 2]) == b"\0"
    return key if name == b"iTXt" and key == b"XML:com.adobe.xmp" and plain else None


def _is_whole(part: memoryview) -> bool:
    """Say whether a PNG's chunk has its checksum and unpacks to MAX_NOTE bytes."""
    name, body = bytes(part[4:8]), part[8:-4]
    if len(body) > MAX_NOTE or zlib.crc32(part[4:-4]).to_bytes(4, "big") != part[-4:]:
        return False
    zipped = bytes(body).partition(b"\0")[2]
    return name not in (b"iCCP", b"zTXt") or _unpacks(zipped)


def _unpacks(rest: bytes) -> bool:
    """Say whether a method (0: zlib) and what it packed give at most MAX_NOTE bytes."""
    zipped = zlib.decompressobj()
    try:
        zipped.decompress(rest[1:], MAX_NOTE)
    except zlib.error:
        return False
    return rest[:1] == b"\0" and zipped.eof


def _jpeg(data: memoryview) -> Iterator[memoryview]:
    """Yield each segment that is needed, and all from the first scan on."""
    yield data[:2]
    at, kept, left = 2, set(), MAX_PARTS
    while at + 4 <= len(data) and data[at] == 0xFF:
        if not (left := left - 1):
            return
        kind = data[at + 1]
        if kind == 0xFF:  # any number of them may stand before a mark
            at += 1
            continue
        if kind == 0xDA or kind < 0xC0 or 0xD0 <= kind <= 0xD9:  # a scan, or no length
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):  # cut short
            break
        if _counts(kind, bytes(data[at + 4 : end]), kept):
            kept.add(kind)
            yield data[at:end]
        at = end
    yield data[at:]


def _counts(kind: int, body: bytes, kept: set[int]) -> bool:
    """Say whether a JPEG needs a segment: no note, or the first of one that counts."""
    if not (0xE0 <= kind <= 0xEF or kind == 0xFE):
        return True
    if kind not in SEGMENTS or (kind in kept and kind != 0xE2):  # a profile has several
        return False
    begin, least = SEGMENTS[kind]
    return body.startswith(begin) and len(body) >= least
