"""A trained network as one HTML file that shows every number of it, in any browser.

`network` says what a model consists of, `document` puts it, the page and its scripts
into one file. The rest is the page: `layers.js` computes, `photo.js` reads a photo,
`arithmetic.js` says where a number comes from, `page.js` shows it all.
"""

from helpers.explorer.document import write
from helpers.explorer.toys import show, toy

__all__ = ["show", "toy", "write"]
