"""The built site behind a local server, and a real browser in front of it."""

from __future__ import annotations

import contextlib
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
from playwright.sync_api import Browser, Page, sync_playwright

from earlyalign.publish.site import site_root
from earlyalign.runs.paths import project_root

WIDTHS = {"desk": 1280, "phone": 390}
SCHEMES = ("light", "dark")


class Quiet(http.server.SimpleHTTPRequestHandler):
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


@contextlib.contextmanager
def visiting(browser: Browser, address: str):
    """A function that opens a page of the site: docname, width, colour scheme, script -> Visit. Closed at the end."""
    contexts = []

    def go(docname: str, width: int = WIDTHS["desk"], scheme: str = "light", script: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        found = Visit(context.new_page(), width, scheme)
        found.page.on("console", lambda said: _note(found, said.type, said.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("requestfailed", lambda request: found.complaints.append(f"failed: {request.url}"))
        found.page.on("request", lambda request: _note_request(found, request.url, address))
        arrive(found.page, f"{address}/{docname}.html", script)
        return found

    try:
        yield go
    finally:
        for context in contexts:
            context.close()


@pytest.fixture
def visit(browser, address):
    """`visiting`, for one test."""
    with visiting(browser, address) as go:
        yield go


def arrive(page: Page, url: str, script: bool = True) -> None:
    """Go to a page and wait until all of it is there, formulas too."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    if script and page.locator(".math").count():
        page.evaluate("MathJax.startup.promise")


def _note(found: Visit, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        found.complaints.append(f"{kind}: {text}")


def _note_request(found: Visit, url: str, address: str) -> None:
    if not url.startswith((address, "data:", "blob:")):
        found.outside.append(url)
