"""Every link and every file that a page asks for, over the whole site; no browser needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup
from docutils.nodes import make_id

from earlyalign.publish.chapters import figure_name, table_of_contents

pytestmark = pytest.mark.site

ASKING = {"a": "href", "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src"}


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def ids(path: Path) -> set[str]:
    return {tag["id"] for tag in soup(path).find_all(id=True)}


def pages(html: Path) -> list[Path]:
    return [path for path in sorted(html.rglob("*.html")) if "_static" not in path.parts]


def asked(path: Path) -> Iterator[tuple[str, str]]:
    """Tag name and address of everything that a page links to or loads."""
    for name, attribute in ASKING.items():
        for tag in soup(path).find_all(name):
            if tag.get(attribute):
                yield name, tag[attribute]


def test_every_internal_link_and_download_resolves(html):
    broken = []
    for page in pages(html):
        for _, address in asked(page):
            if urlsplit(address).scheme or address.startswith("//"):
                continue
            place, fragment = urldefrag(address)
            target = (page.parent / unquote(urlsplit(place).path)).resolve() if place else page
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                broken.append(f"{page.relative_to(html)}: {address}")
            elif fragment and target.suffix == ".html" and unquote(fragment) not in ids(target):
                broken.append(f"{page.relative_to(html)}: {address} (no such place on the page)")
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(html):
    loaded = [
        f"{page.relative_to(html)}: {address}"
        for page in pages(html)
        for name, address in asked(page)
        if name != "a" and (urlsplit(address).scheme in ("http", "https") or address.startswith("//"))
    ]
    assert loaded == []


def test_every_figure_links_to_its_data_provenance_pictures_and_verdicts(html):
    chapters = table_of_contents()
    figures = [(chapter, id) for chapter in chapters for id in chapter.figures]
    assert figures
    for chapter, id in figures:
        place = make_id(figure_name(chapter, id, chapters))
        figure = soup(html / f"{chapter.docname}.html").find(id=place)
        links = [link["href"] for link in figure.find_all("a", href=True)]
        for end in (".csv", "sidecar.json", f"{id}.svg", f"{id}.png"):
            assert any(link.endswith(end) for link in links), f"{id}: no link to {end}"
        assert any("verification.html#" in link for link in links), id
        assert "Profile ci" in figure.get_text()


def test_every_chapter_can_be_taken_away(html):
    for chapter in table_of_contents():
        if chapter.is_notebook:
            executed = json.loads((html / f"notebooks/{chapter.docname}.ipynb").read_text())
            code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
            assert all(
                cell["execution_count"] is not None for cell in code if "".join(cell["source"]).strip()
            )
            assert (html / f"notebooks/{chapter.docname}.md").read_text() == chapter.text
