"""What the notebooks import; CONTRIBUTING says what each room is for."""

import sys

if "IPython" in sys.modules:
    from helpers import assertions

    assertions.install()
