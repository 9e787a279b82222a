"""Execution: each chapter's notebook through papermill, at a profile's parameters.

A notebook is executed under ``_build/failed/`` and moved to ``_build/executed/`` when its last cell has run,
so what lies in ``executed`` is whole, and what a failed chapter had done can be looked at.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from earlyalign.publish import build_costs
from earlyalign.publish.assessed_items import all_runs
from earlyalign.publish.chapters import Chapter, tags, variable
from earlyalign.publish.failures import ChapterFailed
from earlyalign.publish.files import digest, package_digest, write
from earlyalign.publish.kernels import kernel_environment
from earlyalign.publish.profiles import Profile
from earlyalign.runs.paths import build_root, project_root
from earlyalign.runs.profiles import CHOSEN
from earlyalign.runs.provenance import shown_versions
from earlyalign.runs.store import run_key

CELL_TIMEOUT_S = 3600
KERNEL_ARGUMENTS = ["--log-level=CRITICAL"]


def executed_path(chapter: Chapter, profile: str) -> Path:
    return build_root() / "executed" / profile / f"{chapter.docname}.ipynb"


def partial_path(chapter: Chapter, profile: str) -> Path:
    return build_root() / "failed" / profile / f"{chapter.docname}.ipynb"


_ALONE = threading.Lock()
"""Held around whatever parses Python: CPython 3.11 counts the depth of a syntax tree for the whole process, and two
threads that parse at once may both be told that theirs is broken."""


def parameters(chapter: Chapter, profile: Profile) -> dict[str, Any]:
    """What papermill injects: the profile's name, and its values of the items that the chapter configures.

    Raises ChapterFailed if the profile does not run one of them.
    """
    injected = {variable(item.id): profile.of(item) for item in profile.items() if item.id in chapter.items}
    absent = [id for id in chapter.items if id not in profile.values]
    if absent:
        profile_items = ", ".join(profile.values) or "nothing"
        raise ChapterFailed(
            f"{chapter.docname} shows {', '.join(absent)}, which profile {profile.name} does not run; "
            f"it runs {profile_items}"
        )
    named = {"profile": profile.name} if "profile" in chapter.defaults else {}
    return named | injected


def execute(chapters: Sequence[Chapter], profile: Profile, jobs: int = 1) -> list[Chapter]:
    """Execute the notebooks among `chapters` whose inputs changed, `jobs` at a time; the chapters executed.

    Where prose alone changed, the executed notebook gets the new prose and nothing is executed. The last chapters train
    deep networks and take the longest, so they begin.

    Raises ChapterFailed, for the first that raised, when all have ended.
    """
    notebooks = [chapter for chapter in chapters if chapter.is_notebook]
    stale = [chapter for chapter in notebooks if not _fresh(chapter, profile)]
    for chapter in notebooks:
        if chapter not in stale:
            _reword(chapter, profile)
    if not stale:
        return []
    with _nothing_chosen(), kernel_environment(), ThreadPoolExecutor(max(1, min(jobs, len(stale)))) as pool:
        ended = [pool.submit(execute_one, chapter, profile) for chapter in reversed(stale)]
    failures = [error for future in ended if (error := future.exception()) is not None]
    if failures:
        raise failures[0]
    for chapter in stale:
        _reword(chapter, profile)
    return stale


@contextmanager
def _nothing_chosen() -> Iterator[None]:
    """While kernels run: what is injected decides the scale, and not what a reader has chosen in the environment."""
    chosen = os.environ.pop(CHOSEN, None)
    try:
        yield
    finally:
        if chosen is not None:
            os.environ[CHOSEN] = chosen


def execute_one(chapter: Chapter, profile: Profile) -> Path:
    """Execute one chapter, whatever was there before; the path of its executed notebook."""
    partial, target = partial_path(chapter, profile.name), executed_path(chapter, profile.name)
    with _ALONE:
        values = parameters(chapter, profile)
        write(partial, jupytext.writes(chapter.notebook, fmt="ipynb"))
    try:
        papermill.execute_notebook(
            str(partial), str(partial), parameters=values, kernel_name="python3", cwd=str(project_root()),
            progress_bar=False, log_output=False, execution_timeout=CELL_TIMEOUT_S,
            extra_arguments=KERNEL_ARGUMENTS,
        )  # fmt: skip
    except PapermillExecutionError as error:
        raise ChapterFailed(_report(chapter, partial, f"{error.ename}: {error.evalue}")) from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise ChapterFailed(_report(chapter, partial, str(error).strip().splitlines()[0])) from error
    except (RuntimeError, NoSuchKernel) as error:
        raise ChapterFailed(f"{chapter.docname}: no Python kernel starts here: {error}") from error
    with _ALONE:
        _promote(partial, target)
        write(_inputs_path(target), _mark_of(target, chapter, profile))
    return target


def _promote(partial: Path, target: Path) -> None:
    """Move an executed notebook to its place, without notes on paths and times."""
    notebook = nbformat.read(partial, as_version=4)
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
    _inputs_path(target).unlink(missing_ok=True)
    write(target, nbformat.writes(notebook) + "\n")
    partial.unlink()


def _reword(chapter: Chapter, profile: Profile) -> None:
    """Give an executed notebook the chapter's present prose and metadata; its code and outputs stay."""
    target = executed_path(chapter, profile.name)
    executed = nbformat.read(target, as_version=4)
    injected = [cell for cell in executed.cells if "injected-parameters" in tags(cell)]
    outputs = iter([cell for cell in executed.cells if cell.cell_type == "code" and cell not in injected])
    written = nbformat.from_dict(jupytext.reads(chapter.text, fmt="md:myst"))
    cells = []
    for cell in written.cells:
        if cell.cell_type == "code":
            ran = next(outputs)
            cell = nbformat.from_dict({**ran, "metadata": cell.metadata})
        cells.append(cell)
        if "parameters" in tags(cell):
            cells += injected
    if [_told(cell) for cell in cells] != [_told(cell) for cell in executed.cells]:
        executed.cells = cells
        write(target, nbformat.writes(executed) + "\n")
        write(_inputs_path(target), _mark_of(target, chapter, profile))


def _told(cell: nbformat.NotebookNode) -> tuple:
    return cell.cell_type, cell.source, cell.metadata


def _code(chapter: Chapter) -> list[str]:
    """What of a chapter a kernel sees, and in which order."""
    return [
        f"{'parameters' in tags(cell)} {cell.source}"
        for cell in chapter.notebook.cells
        if cell.cell_type == "code"
    ]


def inputs(chapter: Chapter, profile: Profile) -> str:
    """Hash of all that a chapter's outputs depend on: code, parameters, package, versions, run keys. Not its prose."""
    values = parameters(chapter, profile)
    items = [item for item in profile.items() if item.id in chapter.items]
    keys = [
        run_key(variant, run) for item in items for variant, run in all_runs(item, profile.params[item.id])
    ]
    return digest(
        *_code(chapter),
        _shown_costs(chapter, profile),
        repr(values),
        package_digest(),
        repr(shown_versions()),
        *keys,
    )


def _shown_costs(chapter: Chapter, profile: Profile) -> str:
    """For a chapter that shows what the build cost, a hash of that."""
    shown = any(build_costs.__name__ in source for source in _code(chapter))
    return build_costs.costs_digest(profile.name) if shown else ""


def _inputs_path(target: Path) -> Path:
    return target.with_suffix(".inputs")


def _fresh(chapter: Chapter, profile: Profile) -> bool:
    target = executed_path(chapter, profile.name)
    kept = _inputs_path(target)
    if not (target.is_file() and kept.is_file()):
        return False
    return kept.read_text(encoding="utf-8") == _mark_of(target, chapter, profile)


def _mark_of(target: Path, chapter: Chapter, profile: Profile) -> str:
    """What lies beside an executed notebook: the hash of its inputs and of itself, so that an edited one is stale."""
    return digest(inputs(chapter, profile), target.read_bytes())


def _report(chapter: Chapter, partial: Path, error: str) -> str:
    cell, source = _failed_cell(nbformat.read(partial, as_version=4))
    return f"{chapter.docname}, code cell {cell} ({source}): {error}\npartial notebook: {partial}"


def _failed_cell(notebook: nbformat.NotebookNode) -> tuple[int, str]:
    code = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]
    code = [cell for cell in code if "papermill-error-cell-tag" not in tags(cell)]
    for number, cell in enumerate(code, start=1):
        if cell.metadata.get("papermill", {}).get("status") not in ("completed", None):
            return number, next(iter(cell.source.strip().splitlines()), "")
    return 0, "no cell ran"
