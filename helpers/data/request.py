"""Ask a mirror for a file or the rest of it, and say in words why it does not come."""

import http.client
import re
import ssl
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import certifi

PATIENCE = 5  # seconds until a server that says nothing counts as absent
SHORT = 1  # the same where lately none answered
TIMEOUT = 15  # seconds without a byte until a server that did answer counts as stalled


class MirrorError(Exception):
    """One mirror will not do; the text is a verb phrase for what it did.

    `together` is a sentence for when all mirrors fail in this way, if it has one.
    """

    def __init__(self, did: str, together: str = ""):
        super().__init__(did)
        self.together = together


class Silence(MirrorError):
    """One mirror did not answer."""


class _Patient:
    """A connection that waits longer between two bytes than for the first."""

    def getresponse(self):
        socket = self.sock  # which the answer takes over
        response = super().getresponse()
        socket.settimeout(TIMEOUT)
        return response


class _PatientHTTP(_Patient, http.client.HTTPConnection):
    pass


class _PatientHTTPS(_Patient, http.client.HTTPSConnection):
    pass


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    def http_open(self, request):
        return self.do_open(_PatientHTTP, request)

    def https_open(self, request):
        return self.do_open(_PatientHTTPS, request, context=self._context)


def ask(url: str, start: int, size: int, patience: float) -> http.client.HTTPResponse:
    """Request the bytes from `start` on; MirrorError unless just those are coming."""
    request = urllib.request.Request(url, headers={"User-Agent": "cnn-course"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    opener = urllib.request.build_opener(_Handler(context=_trust()))
    try:
        response = opener.open(request, timeout=patience)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(url, f"{error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _failure(url, getattr(error, "reason", error)) from None
    header, right = "Content-Length", str(size)
    if response.status == 206:
        header, right = "Content-Range", f"bytes {start}-{size - 1}/{size}"
    if response.headers.get(header) != right:  # a login page, say
        response.close()
        raise MirrorError("sent something else")
    return response


def _trust() -> ssl.SSLContext:
    """Return what decides whose certificate is good; content is checked by hash later.

    The system's and certifi's: some Pythons on macOS come with none. Where one in
    Windows's store is broken, none of the store can be read (python/cpython#79846).
    From 3.13 on Python wants more of a certificate than those have with which schools
    and scanners open what passes (python/cpython#107361): no more than before is asked.
    """
    try:
        context = ssl.create_default_context()
    except ssl.SSLError:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    return context


def _refusal(url: str, answer: str) -> MirrorError:
    """Put an error's number and its name into words; only a proxy answers 407."""
    if answer.startswith("407"):
        return _by_proxy(url, answer)
    return MirrorError(f"answered with error {answer[:3]}")


def _failure(url: str, reason) -> MirrorError:
    """Put what went wrong before any answer into words."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return MirrorError("has no valid certificate")
    if tunnel := re.match(r"Tunnel connection failed: (\d+.*)", str(reason)):
        return _by_proxy(url, tunnel[1].strip())
    via = f" through {proxy}" if (proxy := proxy_of(url)) else ""
    return Silence(f"did not answer{via}", f"no mirror answered{via}")


def _by_proxy(url: str, answer: str) -> MirrorError:
    said = f"{proxy_of(url)} answered {answer}"
    if answer.startswith("407"):
        said += "; HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT gives it the password"
    return MirrorError(f"was not asked, because {said}", said)


def proxy_of(url: str) -> str:
    """Name the proxy that is asked for this address, without password; "" for none."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    address = urllib.request.getproxies().get(scheme)
    if not address or urllib.request.proxy_bypass(host):
        return ""
    return f"the proxy {address.rpartition('@')[2].rpartition('//')[2].rstrip('/')}"
