"""Who may ask: by the name that a request is for, and by the site that it comes from.

A page elsewhere can make its visitors' browsers ask this service, under its address or
under a name that the page's owner points here (DNS rebinding).
"""

import ipaddress
import re
from contextlib import suppress

from starlette.datastructures import Headers

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ALL = {"0.0.0.0", "::"}  # to bind to: every address of the machine
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:/@\[\]]+?)\.?)(?::\d*)?", re.ASCII)
ELSEWHERE = "the service has another address: ask for {}, or start it with --name"
OTHER_SITE = "the request comes from another site's page: open the service's own page"


class Callers:
    """ASGI middleware: requests for another name or from another site are refused.

    `names` are what the service answers to; one of ALL stands for any IP address, which
    nobody can point elsewhere. `refusal(status, sentence)` makes the answer.
    """

    def __init__(self, app, names: set[str], refusal):
        self.app, self.names, self.refusal = app, names, refusal

    async def __call__(self, scope, receive, send) -> None:
        """Pass a request on, or answer it."""
        answer = self.app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if not self.knows(headers.get("host", "")):
                names = {"any IP address" if x in ALL else x for x in self.names}
                told = ELSEWHERE.format(", ".join(sorted(names)))
                answer = self.refusal(421, told)
            elif self.from_elsewhere(scope["method"], headers):
                answer = self.refusal(403, OTHER_SITE)
        await answer(scope, receive, send)

    def knows(self, host: str) -> bool:
        """Tell whether the service goes by this name; at which port is no matter."""
        found = HOST.fullmatch(host.lower())
        name = found and (found[1] or found[2])
        if name and self.names & ALL:
            with suppress(ValueError):
                return bool(ipaddress.ip_address(name))
        return name in self.names

    def from_elsewhere(self, method: str, headers: Headers) -> bool:
        """Tell whether another site's page asks; a link that is followed is welcome."""
        site = headers.get("sec-fetch-site")
        if site is None:  # no browser, an old one, or http to another machine
            origin = headers.get("origin")
            return origin is not None and not self.knows(origin.partition("://")[2])
        link = headers.get("sec-fetch-mode") == "navigate" and method in ("GET", "HEAD")
        return site not in ("same-origin", "none") and not link
