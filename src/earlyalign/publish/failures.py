"""How publishing fails. Known without the packages that publish."""

from __future__ import annotations


class ChapterFailed(RuntimeError):
    """A chapter raised. The message names the chapter, the cell, the error and the partial notebook."""


class SiteFailed(RuntimeError):
    """The builder warned, or the site lacks something that the book has."""
