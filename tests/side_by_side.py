"""Which tests stay together in one process when the suite runs in several: those that share what is dear to set up."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

BY_SIGHT = "tests/site/"


def together(nodeid: str) -> str:
    """What a test shares: a page of the site as seen in one visit, or else its file with the fixtures in it."""
    file, _, name = nodeid.partition("::")
    _, bracket, sight = name.partition("[")
    return f"{BY_SIGHT}{sight.removesuffix(']')}" if bracket and file.startswith(BY_SIGHT) else file


class Together(LoadScopeScheduling):
    """Hands tests out by what they share, the largest groups first."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
