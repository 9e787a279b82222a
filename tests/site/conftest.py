"""The built site behind a local server, and a real browser in front of it."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from earlyalign.publish.site import site_root
from earlyalign.runs.paths import project_root

WIDTHS = {"desk": 1280, "phone": 390}
SCHEMES = ("light", "dark")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *words) -> None:
        return None


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built site, built first if need be."""
    root = site_root("ci")
    if not (root / "index.html").is_file():
        subprocess.run([sys.executable, "-m", "earlyalign", "build"], cwd=project_root(), check=True)
    return root


@pytest.fixture(scope="session")
def address(html):
    """Where the site is served."""
    handler = functools.partial(Quiet, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no Chromium: name one in CHROMIUM, or run `make test`, which says how to get it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Visit:
    """A page in the browser, and what went wrong while it was open."""

    page: Page
    width: int
    scheme: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def look(browser: Browser, width: int, scheme: str, script: bool = True) -> BrowserContext:
    """A reader's browser: a window so wide, by day or by night, with or without scripts, and a cache of its own."""
    return browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
    )


def open_page(
    reader: BrowserContext, address: str, docname: str, width: int, scheme: str, script: bool = True
):
    """A page of the site in a new tab of `reader`, all of it there, as a Visit."""
    visit = Visit(reader.new_page(), width, scheme)
    visit.page.on("console", lambda said: _note(visit, said.type, said.text))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("requestfailed", lambda request: visit.complaints.append(f"failed: {request.url}"))
    visit.page.on("request", lambda request: _note_request(visit, request.url, address))
    arrive(visit.page, f"{address}/{docname}.html", script)
    return visit


@pytest.fixture
def visit(browser, address):
    """Open a page of the site as a reader who was never here: docname, width, colour scheme, script -> Visit."""
    readers = []

    def go(docname: str, width: int = WIDTHS["desk"], scheme: str = "light", script: bool = True) -> Visit:
        readers.append(look(browser, width, scheme, script))
        return open_page(readers[-1], address, docname, width, scheme, script)

    yield go
    for reader in readers:
        reader.close()


@pytest.fixture(scope="session")
def looks(browser):
    """One reader for each width and colour scheme, who goes through the whole site: (width, scheme) -> context."""
    readers = {
        (width, scheme): look(browser, px, scheme) for width, px in WIDTHS.items() for scheme in SCHEMES
    }
    yield readers
    for reader in readers.values():
        reader.close()


@pytest.fixture
def leaf(looks, address):
    """Open a page of the site in a tab of the reader of that look: docname, width, scheme -> Visit. Closed after."""
    tabs = []

    def go(docname: str, width: str, scheme: str) -> Visit:
        tabs.append(open_page(looks[width, scheme], address, docname, WIDTHS[width], scheme))
        return tabs[-1]

    yield go
    for tab in tabs:
        tab.page.close()


def arrive(page: Page, url: str, script: bool = True) -> None:
    """Go to a page and wait until all of it is there, what scripts ask for and formulas too."""
    page.goto(url, wait_until="networkidle")
    if script and page.locator(".math").count():
        page.evaluate("MathJax.startup.promise")


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        visit.complaints.append(f"{kind}: {text}")


def _note_request(visit: Visit, url: str, address: str) -> None:
    if not url.startswith((address, "data:", "blob:")):
        visit.outside.append(url)
