"""What the course promises, and the programs that prove it: `make prove`."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One line of RELIABILITY.md: a promise, its proof and how its figure reads.

    `steps()` names the parts of the proof; each is run and stored by itself.
    `run(step)` returns what was found as JSON; its key `failed` lists what broke the
    promise, a sentence each, and is empty where the promise held. `figure(found)` puts
    the findings of all steps into a few words, such as "200 kills, 0 lost". `together`:
    steps may run beside each other.
    """

    name: str
    says: str
    proof: str  # the test or program, as a path
    steps: Callable[[], list[str]]
    run: Callable[[str], dict]
    figure: Callable[[list[dict]], str]
    together: bool = False
