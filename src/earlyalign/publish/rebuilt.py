"""The page "What was rebuilt": each formula that the source text lost, beside what was measured about it.

``book/rebuilt.yaml`` holds the words, paper by paper; numbers come from the assessed items and the profiles, so that
none is ever typed. A claim that is marked as rebuilt and that no formula names is listed at the end all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any

import jinja2
import pydantic

from earlyalign.errors import UserError, unknown
from earlyalign.items.item import Mark, Verdict
from earlyalign.items.manifest import part_owners
from earlyalign.publish.chapters import Chapter
from earlyalign.publish.profiles import PROFILES, Profile, read_profile
from earlyalign.publish.record import Finding
from earlyalign.publish.source_pages import code_href
from earlyalign.publish.where_stated import LinkTarget, link_targets
from earlyalign.runs.paths import project_root
from earlyalign.strict_yaml import read_yaml

LARGEST = PROFILES[-1]


class _Words(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Formula(_Words):
    """A lost formula in words and MyST.

    left       what the source still says about it
    form       our form
    claims     ids of the claims that support or refute it
    otherwise  what would change if it were otherwise
    """

    id: str
    title: str
    where: str
    mark: Mark = Mark.REBUILT
    left: str
    form: str
    claims: tuple[str, ...]
    otherwise: str


class Choice(_Words):
    """A value of ours where the paper gives none. `values` maps item ids to names of parameters, dotted if nested."""

    id: str
    title: str
    why: str
    values: Mapping[str, tuple[str, ...]]
    claims: tuple[str, ...] = ()
    otherwise: str


class Section(_Words):
    """Formulas that stand together in the paper."""

    title: str
    formulas: tuple[Formula, ...]


class Paper(_Words):
    sections: tuple[Section, ...]
    choices: tuple[Choice, ...] = ()

    @property
    def entries(self) -> Iterator[Formula | Choice]:
        for section in self.sections:
            yield from section.formulas
        yield from self.choices


@dataclass(frozen=True)
class Value:
    """A parameter of an item, at the built profile and at the papers' own scale."""

    item: str
    name: str
    here: str
    largest: str


def rebuilt_path() -> Path:
    return project_root() / "book" / "rebuilt.yaml"


def read_rebuilt() -> dict[str, Paper]:
    """Paper -> what of it was rebuilt; empty where the book has no such file. Raises UserError if it is malformed."""
    path = rebuilt_path()
    if not path.is_file():
        return {}
    try:
        papers = read_yaml(path, "book/rebuilt.yaml") or {}
        if not isinstance(papers, dict):
            raise UserError("book/rebuilt.yaml must map papers to what was rebuilt of them")
        return {name: Paper.model_validate(words) for name, words in papers.items()}
    except pydantic.ValidationError as error:
        raise UserError(f"book/rebuilt.yaml: {' '.join(str(error).split())}") from error


def rebuilt_texts(profile: Profile, judged: Sequence[Finding], chapters: Sequence[Chapter]) -> dict[str, str]:
    """Placeholder, such as ``<!-- rebuilt-B -->``, -> MyST, ``{up}`` where the way to the site's root goes.

    Claims of items that were not computed stand as not run. Raises UserError for a claim that nobody makes or a
    parameter that no item has.
    """
    papers = read_rebuilt()
    known = {finding.id: finding for finding in judged}
    named = {id for paper in papers.values() for entry in paper.entries for id in entry.claims}
    computed = {finding.assessed_item.item.id for finding in judged if finding.assessed_item is not None}
    for id in sorted(named - set(known)):
        owner = part_owners().get(id.split("/", 1)[0])
        if owner is None or owner in computed:
            raise unknown("claim in book/rebuilt.yaml", id, known)
        known[id] = Finding(id, None, None, str(Verdict.NOT_RUN), {})
    shown = link_targets(chapters)
    texts = {}
    for name, paper in papers.items():
        left_over = [
            finding
            for finding in judged
            if finding.id.startswith(f"{name}-") and finding.id not in named and is_rebuilt(finding)
        ]
        texts[f"<!-- rebuilt-{name} -->"] = _template("rebuilt.md.j2").render(
            paper=paper,
            known=known,
            counted=lambda entry: _counted([known[id] for id in entry.claims]),
            shown=lambda entry: _shown(entry, shown),
            values=lambda choice: _values(choice, profile),
            left_over=left_over,
            profile=profile.name,
            largest=LARGEST,
            code_href=code_href,
        )
    return texts


def is_rebuilt(finding: Finding) -> bool:
    return finding.claim is not None and finding.claim["mark"] == str(Mark.REBUILT)


def _counted(findings: Sequence[Finding]) -> dict[str, int]:
    counts = Counter(finding.verdict for finding in findings)
    return {str(verdict): counts[str(verdict)] for verdict in Verdict if counts[str(verdict)]}


def _shown(entry: Formula | Choice, shown: Mapping[str, Sequence[LinkTarget]]) -> list[LinkTarget]:
    parts = dict.fromkeys(id.split("/", 1)[0] for id in entry.claims)
    return list(dict.fromkeys(target for part in parts for target in shown.get(part, [])[:1]))


def _values(choice: Choice, profile: Profile) -> list[Value]:
    largest = read_profile(LARGEST)
    return [
        Value(item, name, _value(profile, item, name), _value(largest, item, name))
        for item, names in choice.values.items()
        for name in names
    ]


def _value(profile: Profile, item: str, name: str) -> str:
    if item not in profile.params:
        return str(Verdict.NOT_RUN)
    try:
        value: Any = reduce(getattr, name.split("."), profile.params[item])
    except AttributeError as error:
        raise unknown(
            f"parameter of {item} in book/rebuilt.yaml", name, type(profile.params[item]).model_fields
        ) from error
    return ", ".join(_said(each) for each in value) if isinstance(value, tuple | list) else _said(value)


def _said(value: Any) -> str:
    return (
        f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


@cache
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(loader=loader, trim_blocks=True, lstrip_blocks=True)
    environment.filters["slug"] = lambda text: str(text).replace(" ", "-")
    return environment.get_template(name)
