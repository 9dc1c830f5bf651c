"""What a photo may take to read: bytes, pixels, memory, time, told from its head."""

from PIL import Image

from helpers.photos.square import AT_A_TIME

MAX_PIXELS = 51_000_000  # cameras of "50 megapixels" have up to 50.4
MAX_MEMORY = 400_000_000  # bytes; 24 megapixels of WEBP take 384
MAX_BYTES = 160_000_000  # of a file: what MAX_PIXELS take as they are
MAX_WEBP = MAX_MEMORY // 4  # bytes: so often it is held while it is opened
MAX_SCANNED = 10**11  # pixels, in all scans of a JPEG together: 20 seconds
SCAN = b"\xff\xda"  # how one begins
COPIES = {"PNG": 1, "JPEG": 1, "WEBP": 2}  # of the file, beside the pixels

LONG = "the file is larger than {} MB: make the picture smaller"
HUGE = "the picture has more than {:,} pixels: make it smaller"
HEAVY = (
    "the picture has more than {:,} pixels, the most for a file of its kind: make it "
    "smaller, or save it as a JPEG that is not progressive"
)
SLOW = "the picture takes too long to read: save it again as a plain JPEG or PNG"


def check_length(length: int, most: int = MAX_BYTES) -> None:
    """Raise ValueError for a file of too many bytes to be opened."""
    if length > most:
        raise ValueError(LONG.format(most // 10**6))


def check(
    kind: str, data: bytes, pixels: int, each: float, max_pixels: int, max_memory: int
) -> None:
    """Raise ValueError for a picture that takes too much, `each` what a pixel takes."""
    if pixels > max_pixels:
        raise ValueError(HUGE.format(max_pixels))
    left = max(0, max_memory - COPIES[kind] * len(data))
    if pixels * each > left:
        raise ValueError(HEAVY.format(int(left / each)))
    if kind == "JPEG" and data.count(SCAN) * pixels > MAX_SCANNED:
        raise ValueError(SLOW)


def bytes_a_pixel(image: Image.Image, data: bytes, pixels: int) -> float:
    """Estimate how much memory each of a picture's pixels takes while it is read.

    `image` is opened and not decoded; it has the size that it will be decoded to.
    """
    if image.format == "WEBP":
        return 16  # two canvases of libwebp, a copy, and Pillow's
    if image.format == "PNG":
        return {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)
    held = image.width * image.height
    decoded = 4 * held / pixels if held > AT_A_TIME else 0  # Pillow's own
    # where channels come one after another, libjpeg holds two bytes for each number
    together = bytes([0xFF, 0xDA, 0, 6 + 2 * image.layers, image.layers])
    begin = image.fp.tell() - len(together) - 2 * image.layers - 3
    if data.startswith(together, begin) and "progressive" not in image.info:
        return decoded  # shrunk line by line
    samples = [rows * columns for _, rows, columns, _ in image.layer]
    most = max(x[1] for x in image.layer) * max(x[2] for x in image.layer)
    return decoded + 2 * sum(samples) / most
