"""A hash of the source that decides a run's numbers: a module and everything of ours that it imports."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

import grimp

PACKAGE = "earlyalign"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def import_graph() -> grimp.ImportGraph:
    """Who imports whom in the package."""
    return grimp.build_graph(PACKAGE, cache_dir=None)


def closure(module: str) -> list[str]:
    """`module` and every module of the package that it imports, directly or not, sorted. Packages' own
    ``__init__`` count where they are imported."""
    return sorted({module, *import_graph().find_upstream_modules(module)})


@cache
def closure_hash(module: str) -> str:
    """Hash of the closure's code as `normalised`: prose may change freely, and so may the words of errors."""
    digest = hashlib.sha256()
    for name in closure(module):
        digest.update(name.encode())
        digest.update(normalised(source_of(name)).encode())
    return digest.hexdigest()


def source_of(module: str) -> str:
    """Source text of a module of the package."""
    root = Path(__file__).resolve().parents[1]
    stem = root.joinpath(*module.split(".")[1:])
    path = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    return path.read_text(encoding="utf-8")


@cache
def normalised(source: str) -> str:
    """The source without comments, layout and docstrings, without the words of errors that are raised and without the
    types of arguments. Parsed once a process: stamps of all items ask for it."""
    return ast.dump(_Essence().visit(ast.parse(source)))


class _Essence(ast.NodeTransformer):
    """Takes out of a tree what decides no number."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return super().generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
            node.exc.args, node.exc.keywords = [], []
        return node
