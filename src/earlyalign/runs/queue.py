"""The order in which tasks begin: longest first, and none before one that it starts from."""

from __future__ import annotations

from collections.abc import Iterable

from earlyalign.runs.costs import Costs
from earlyalign.runs.forecast import Expected
from earlyalign.runs.tasks import Task


def in_order(tasks: Iterable[Task], costs: Costs) -> tuple[list[Task], dict[str, Expected]]:
    """`tasks` in the order in which they are to begin, and what each is expected to cost, by key.

    A task counts as long as it and the longest that waits for it take together. Tasks of equal cost keep their order.
    """
    given = list(tasks)
    expected = {task.key: _expected(task, costs) for task in given}
    length = {key: run.seconds for key, run in expected.items()}
    for task in given:
        for needed in getattr(task, "after", ()):
            if needed in length:
                alone = expected[needed].seconds
                length[needed] = max(length[needed], alone + expected[task.key].seconds)
    return sorted(given, key=lambda task: -length[task.key]), expected


def take_next(queue: list[Task], flying: Iterable[Task]) -> Task | None:
    """Take out of `queue` the first task that waits for none of the others; None if there is none."""
    pending = {task.key for task in (*queue, *flying)}
    for place, task in enumerate(queue):
        if pending.isdisjoint(getattr(task, "after", ())):
            return queue.pop(place)
    return None


def _expected(task: Task, costs: Costs) -> Expected:
    """A task of several runs tells their kinds in ``kinds``, one of a single run its own in ``kind``."""
    kinds = getattr(task, "kinds", None) or (getattr(task, "kind", None),)
    work = kinds[0].work if kinds[0] is not None else type(task).__name__
    return Expected(work, sum(costs.of(kind) for kind in kinds))
