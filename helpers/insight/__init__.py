"""Look into a network; everything is in `activations` until the next step parts it."""

import sys

from helpers.insight import activations

sys.modules[__name__] = activations
