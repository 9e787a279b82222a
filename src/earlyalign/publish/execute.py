"""Execution: each chapter's notebook through papermill, at a profile's parameters.

A notebook is executed under ``_build/failed/`` and moved to ``_build/executed/`` when its last cell has run,
so what lies in ``executed`` is whole, and what a failed chapter had done can be looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from earlyalign.publish.chapters import Chapter, tags, variable
from earlyalign.publish.dossier import all_runs
from earlyalign.publish.files import digest, package_digest, write
from earlyalign.publish.kernels import kernel_environment
from earlyalign.publish.profiles import Profile
from earlyalign.runs.paths import build_root, project_root
from earlyalign.runs.provenance import shown_versions
from earlyalign.runs.store import run_key

CELL_TIMEOUT_S = 3600
KERNEL_ARGUMENTS = ["--log-level=CRITICAL"]


class ChapterFailed(RuntimeError):
    """A chapter raised. The message names the chapter, the cell, the error and the partial notebook."""


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

    Raises ChapterFailed, for the first that raised, when all have ended.
    """
    stale = [chapter for chapter in chapters if chapter.is_notebook and not _fresh(chapter, profile)]
    if not stale:
        return []
    with kernel_environment(), ThreadPoolExecutor(max(1, min(jobs, len(stale)))) as pool:
        ended = [pool.submit(execute_one, chapter, profile) for chapter in stale]
    failures = [future.exception() for future in ended if future.exception() is not None]
    if failures:
        raise failures[0]
    return stale


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


def inputs(chapter: Chapter, profile: Profile) -> str:
    """Hash of all that an executed chapter depends on: text, parameters, package, versions, run keys."""
    values = parameters(chapter, profile)
    items = [item for item in profile.items() if item.id in chapter.items]
    keys = [run_key(item, run) for item in items for run in all_runs(item, profile.params[item.id])]
    return digest(chapter.text, repr(values), package_digest(), repr(shown_versions()), *keys)


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
