"""Images to learn from: CIFAR-10, or scikit-learn's digits where it is missing.

`sources` decides where they come from, `images` cuts and scales them, `folder` reads
one's own; `cifar10` reads the official files, `cache` keeps them, `download` fetches
them. No Keras anywhere.
"""

from helpers.data.folder import load_folder
from helpers.data.images import ImageData, Images, cross, sample_photo, scale, split
from helpers.data.sources import at_hand, load_images

__all__ = [
    "ImageData",
    "Images",
    "at_hand",
    "cross",
    "load_folder",
    "load_images",
    "sample_photo",
    "scale",
    "split",
]
