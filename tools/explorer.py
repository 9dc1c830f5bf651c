"""Write the shipped networks' pages to build/explorer: `make explorer`.

Each is one HTML file that opens by a double click, on a phone too, without a network.
`make picture` photographs the CNN's for the README and notebook 01.
"""

import sys
from pathlib import Path

from sklearn.datasets import load_digits

from helpers import data, explorer, models

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "explorer"
PICTURES = ROOT / "notebooks" / "pictures" / "emoji"
# one of each that the classes have, and a pizza, which they have not
SHOWN = (
    "animal/frog-noto",
    "vehicle/ship-noto",
    "vehicle/car-noto",
    "animal/horse-twemoji",
    "animal/cat-twemoji",
    "vehicle/airplane-noto",
    "food/pizza-noto",
)


PICTURE = ROOT / "notebooks" / "images" / "explorer.png"
SIZE = {"width": 1120, "height": 1000}
POINT = 0.69, 0.33  # of a map's width and height: the frog's left eye


def photograph(page: Path, picture: Path) -> None:
    """Write a picture of a page in Chromium, one number of a convolution explained."""
    from tests import browsers  # what it needs is installed for the tests alone

    with browsers.launched("chromium") as browser:
        shown = browser.new_page(viewport=SIZE, color_scheme="light")
        shown.goto(page.as_uri())
        first = shown.locator("#layers li", has_text="conv2d").first
        first.locator(".strip button").first.click()
        box = shown.locator("#large").bounding_box()
        x, y = (
            box[side] * at for side, at in zip(("width", "height"), POINT, strict=True)
        )
        shown.mouse.move(box["x"] + x, box["y"] + y)
        shown.screenshot(path=picture)


def write_all(folder: Path) -> list[Path]:
    """Write a page for each trained network in notebooks/models; return the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    digits = (load_digits().images[:7] * 255 / 16).astype("uint8")
    classes = {
        "cifar10": data.CLASS_NAMES,
        "digits": [str(digit) for digit in range(10)],
    }
    photos = {
        "cifar10": [PICTURES / f"{name}.webp" for name in SHOWN],
        "digits": digits,
    }
    pages = []
    for card in sorted(models.FOLDER.glob("[!.]*.json")):
        kind, data_name = card.stem.rsplit("_", 1)
        page = explorer.write(
            models.load_trained(data_name, kind),
            folder / f"{card.stem}.html",
            classes[data_name],
            photos[data_name],
            f"What {kind} sees, trained on {data_name}",
        )
        pages.append(page)
    return pages


def main() -> None:
    """Write the pages and print their sizes, or photograph one."""
    if sys.argv[1:] == ["picture"]:
        return photograph(FOLDER / "cnn_cifar10.html", PICTURE)
    for path in write_all(FOLDER):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
