"""A new item as a skeleton that runs: modules, profile blocks, manifest lines, a chapter with its pair, a test.

What only an author can say is marked FILL IN, and the item's one claim is not judged. Its test asks for both.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jinja2
import jupytext
import yaml

from earlyalign.errors import UserError, unknown
from earlyalign.items.manifest import LEDGER, MODULES
from earlyalign.publish.chapters import variable
from earlyalign.publish.files import write
from earlyalign.publish.profiles import PROFILES, SITE
from earlyalign.publish.sync import laid_out, paired
from earlyalign.runs.paths import project_root

KINDS = {
    "thm": "theorem",
    "lem": "lemma",
    "prop": "proposition",
    "cor": "corollary",
    "def": "definition",
    "asm": "assumption",
    "fig": "figure",
}
"""How an id begins -> the kind of item. Any other is a statement."""

DIRECTIVES = {"figure": "observation", "statement": "observation"}
"""Kind -> the directive that states it, where that has another name."""

VALUES = {
    "smoke": {"sample_sizes": [10, 100], "seeds": 3},
    "quick": {"sample_sizes": [10, 100, 1000], "seeds": 5},
    "ci": {"sample_sizes": [10, 100, 1000], "seeds": 10},
    "paper": {"sample_sizes": [10, 100, 1000, 10000], "seeds": 100},
}
"""Profile -> parameters of the skeleton."""

_ID = re.compile(r"([A-Z])-([a-z][A-Za-z0-9]*(?:-[a-z0-9]+)*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TITLE = re.compile(r"[^\"\\{}\x00-\x1f]+")


def papers() -> dict[str, str]:
    """First letter of an id -> the package that holds its items."""
    return {id[0]: module.split(".")[0] for id, module in MODULES.items()}


def families(root: Path, paper: str) -> list[str]:
    """The families of a paper: the packages in its package."""
    return sorted(
        path.parent.name for path in (root / "src" / "earlyalign" / papers()[paper]).glob("*/__init__.py")
    )


@dataclass(frozen=True)
class NewItem:
    """What an item that is about to be is called.

    id      such as ``B-lemG1``
    family  the folder that it lies in; made if there is none
    name    what follows the id in its module's name
    title   of the item and of its chapter
    """

    root: Path
    id: str
    family: str
    name: str
    title: str

    @property
    def slug(self) -> str:
        return self.id[2:].replace("-", "_")

    @property
    def paper(self) -> str:
        return papers()[self.id[0]]

    @property
    def folder(self) -> str:
        return f"src/earlyalign/{self.paper}/{self.family}"

    @property
    def kind(self) -> str:
        return next((kind for start, kind in KINDS.items() if self.slug.startswith(start)), "statement")

    @property
    def page(self) -> str:
        """The chapter's docname."""
        return f"book/{self.paper}/{self.slug.lower()}"

    @cached_property
    def modules(self) -> dict[str, str]:
        """Template -> path of the module that it becomes."""
        return {
            "runs.py": f"{self.folder}/{self.slug}_runs.py",
            "faults.py": f"{self.folder}/{self.slug}_faults.py",
            "item.py": f"{self.folder}/{self.slug}_{self.name}.py",
            "test.py": f"tests/{self.paper}/{self.family}/test_{self.slug}_{self.name}.py",
        }

    def files(self) -> dict[str, str]:
        """Path -> text of every file that is written or changed, but for the chapter's pair."""
        made = {
            path: _styled(self._rendered(template), path, self.root)
            for template, path in self.modules.items()
        }
        made[f"{self.page}.md"] = self._rendered("chapter.md")
        made |= {
            path: f'"""FILL IN: what is in this room, {self.id} and what is to come."""\n'
            for path in self._rooms()
        }
        taken = [path for path in made if (self.root / path).exists()]
        if taken:
            raise UserError(f"{self.id}: there is already a file {taken[0]}; choose another --name or ID")
        changed: dict[str, Callable[[str], str]] = {
            f"book/profiles/{name}.yaml": partial(_with_block, id=self.id, values=VALUES[name])
            for name in PROFILES
        }
        changed["src/earlyalign/items/manifest.py"] = self._in_manifest
        changed["_toc.yml"] = self._in_contents
        return {**made, **{path: change(_read(self.root / path)) for path, change in changed.items()}}

    def _rooms(self) -> list[str]:
        """The family's ``__init__``, where there is none yet."""
        return [] if (self.root / self.folder).is_dir() else [f"{self.folder}/__init__.py"]

    def _rendered(self, template: str) -> str:
        loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates" / "new_item")
        environment = jinja2.Environment(
            loader=loader, trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
        )
        own = [path for name, path in self.modules.items() if name != "test.py"]
        return environment.get_template(f"{template}.j2").render(
            id=self.id, title=self.title, slug=self.slug, paper=self.id[0], kind=self.kind,
            package=f"{self.paper}.{self.family}", chapter=self.page.removeprefix("book/"),
            directive=DIRECTIVES.get(self.kind, self.kind), label=f"{self.kind}-{self.slug.lower()}",
            variable=variable(self.id), name=self.slug.lower(), values=laid_out(VALUES[SITE]),
            jupytext=jupytext.__version__, files=[*own, *self._rooms(), f"{self.page}.md"],
        )  # fmt: skip

    def _in_manifest(self, text: str) -> str:
        letter = self.id[0]
        module = f"{self.paper}.{self.family}.{self.slug}_{self.name}"
        text = _after_last(text, "MODULES = {", "\n}", f'"{letter}-', f'    "{self.id}": "{module}",')
        return _after_last(text, "LEDGER = (", "\n)", f'"{letter}-', f'    "{self.id}",')

    def _in_contents(self, text: str) -> str:
        """The page at the end of the paper's part: after the first run of lines that name pages of the paper."""
        lines = text.splitlines(keepends=True)
        own = [number for number, line in enumerate(lines) if f"- file: book/{self.paper}/" in line]
        if not own:
            raise UserError(f"_toc.yml has no chapter under book/{self.paper}: add the first by hand")
        last = next(number for number in own if number + 1 not in own)
        page = re.sub(r"file: .*", f"file: {self.page}", lines[last])
        return "".join([*lines[: last + 1], page, *lines[last + 1 :]])


def new_item(id: str, family: str | None, name: str, title: str | None) -> list[Path]:
    """Write the skeleton of the item `id`; the paths of its files, changed ones included. Raises UserError, and has
    then written nothing, for a name that is taken or that does not do."""
    item = _checked(project_root(), id, family, name, title)
    files = item.files()
    contents = {item.root / path: text for path, text in files.items()}
    pair = item.root / f"{item.page}.ipynb"
    contents[pair] = paired(files[f"{item.page}.md"], pair)
    for path, text in contents.items():
        write(path, text)
    return list(contents)


def _checked(root: Path, id: str, family: str | None, name: str, title: str | None) -> NewItem:
    match = _ID.fullmatch(id)
    if match is None or match[1] not in papers():
        allowed = ", ".join(f"{letter}-NAME ({package})" for letter, package in sorted(papers().items()))
        raise UserError(f"item ID {id!r}: allowed: {allowed}, NAME as in lemF1, fig2 or tab-main")
    if id in (*MODULES, *LEDGER):
        raise UserError(f"item ID {id!r} is taken; earlyalign items lists what there is")
    known = families(root, match[1])
    if family is not None and family not in known:
        raise unknown(f"family of {papers()[match[1]]}", family, [*known, "none, for a family of its own"])
    if _NAME.fullmatch(name) is None or name in ("runs", "faults") or keyword.iskeyword(name):
        raise UserError(
            f"--name {name!r}: allowed: small letters, digits and _, such as two_ols; not runs, not faults"
        )
    shown = title or f"{id}, to be filled in"
    if _TITLE.fullmatch(shown) is None:
        raise UserError(
            f"--title {shown!r}: allowed: one line without quotation marks, backslashes and braces"
        )
    own = match[2].replace("-", "_").lower()
    if family is None and (root / "src" / "earlyalign" / papers()[match[1]] / f"{own}.py").exists():
        raise UserError(f"{id}: a module {own}.py is in the way of a family of its own; choose a --family")
    return NewItem(root, id, family or own, name, shown)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _with_block(text: str, id: str, values: Mapping[str, Any]) -> str:
    """A profile with the block of `id` at its end."""
    block = yaml.safe_dump({id: dict(values)}, sort_keys=False, default_flow_style=None)
    return f"{text.rstrip()}\n{block}"


def _after_last(text: str, opening: str, closing: str, mark: str, line: str) -> str:
    """`text` with `line` after the last line between `opening` and `closing` that holds `mark`."""
    start = text.find(opening)
    end = text.find(closing, start)
    at = text.rfind(mark, start, end)
    if min(start, end, at) < 0:
        raise UserError(f"items/manifest.py has no {opening} with a line {mark}: add {line.strip()} by hand")
    stop = text.index("\n", at)
    return f"{text[: stop + 1]}{line}\n{text[stop + 1 :]}"


def _styled(text: str, path: str, root: Path) -> str:
    """A module in the project's layout, imports in order, where ruff is installed."""
    if find_spec("ruff") is None:
        return text
    for words in (("check", "--select", "I", "--fix", "--quiet"), ("format",)):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "--stdin-filename", path, "-"]
        ended = subprocess.run(command, input=text, cwd=root, capture_output=True, encoding="utf-8")
        text = ended.stdout if ended.returncode == 0 else text
    return text
