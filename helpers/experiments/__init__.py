"""What is compared: a CNN with switches, and one run of it.

`settings` holds the switches; `tuning` searches and folds, `transfer` teaches a trained
network new classes. Import these two by name.
"""

from helpers.experiments.settings import (
    NORMALIZED,
    Settings,
    augmentation,
    build,
    change,
    compiled,
    run,
)

__all__ = [
    "NORMALIZED",
    "Settings",
    "augmentation",
    "build",
    "change",
    "compiled",
    "run",
]
