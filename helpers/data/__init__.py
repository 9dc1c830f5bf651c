"""Images to learn from: CIFAR-10, or scikit-learn's digits where it is missing.

`sources` decides where they come from, `images` cuts and scales them, `folder` reads
one's own, `groups` keeps whole what belongs together; `cifar10` reads the official
files, `cache` keeps them, `download` fetches them. No Keras anywhere.
"""

from helpers.data.cifar10 import CLASS_NAMES
from helpers.data.folder import Folder, load_folder, read_folder, split_folder
from helpers.data.groups import assign_parts, near_duplicates
from helpers.data.images import ImageData, Images, cross, sample_photo, scale, split
from helpers.data.sources import at_hand, load_images

__all__ = [
    "CLASS_NAMES",
    "Folder",
    "ImageData",
    "Images",
    "assign_parts",
    "at_hand",
    "cross",
    "load_folder",
    "load_images",
    "near_duplicates",
    "read_folder",
    "sample_photo",
    "scale",
    "split",
    "split_folder",
]
