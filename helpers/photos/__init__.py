"""A photo from anywhere to the small square of pixels that a network takes.

NumPy and Pillow only: the notebooks and the web service use it without TensorFlow.
"""

from helpers.photos.reading import MAX_PIXELS, load_photo, to_input

__all__ = ["MAX_PIXELS", "load_photo", "to_input"]
