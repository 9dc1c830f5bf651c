"""A page from a file, offline, in a real browser.

Skipped with a reason where no browser is, unless REQUIRE_BROWSER is set.
"""

import os

import pytest

from tests import browsers


@pytest.fixture(scope="module")
def browser():
    if browsers.missing() and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip(browsers.missing())
    with browsers.launched() as one:
        yield one


@pytest.fixture
def open_file(browser):
    """Open files; nothing may go wrong or be asked for outside the page."""
    contexts, faults = [], []

    def heard(address):
        if not address.startswith(("file:", "data:", "blob:", "about:")):
            faults.append(address)

    def open_page(path, **options):
        contexts.append(browser.new_context(offline=True, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text))
        page.on("request", lambda asked: heard(asked.url))
        # from the start: what Playwright switches on later may come too late
        page.on("filechooser", lambda _: None)
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults
