"""The record: the verdict that each claim is expected to get, so that a change either way is an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from earlyalign.errors import UserError, unknown
from earlyalign.items.item import Verdict
from earlyalign.publish.assessed_items import AssessedItem
from earlyalign.publish.files import write
from earlyalign.publish.profiles import UNRECORDED
from earlyalign.runs.paths import project_root
from earlyalign.strict_yaml import read_yaml

HEADER = "# Expected verdicts: profile -> claim -> verdict. Written by `earlyalign verify --record`.\n"
MANY = 5


@dataclass(frozen=True)
class Controlled:
    """The verdict that a control must give a claim, and the one it gave: with its margin and without."""

    wanted: str
    verdict: str
    leaning: str

    @property
    def worked(self) -> bool:
        return self.leaning == self.wanted

    @property
    def open(self) -> bool:
        """Whether it takes the claim to the boundary and no further: the claim falls, and does not turn round."""
        return not self.worked and self.leaning == str(Verdict.UNDECIDED)


@dataclass(frozen=True)
class Finding:
    """One claim beside its record.

    claim     the claim as the assessed item tells it, or None where only the record knows it
    recorded  the expected verdict, or None
    controls  what the claim became under each of its controls, by name
    judged    whether it is held to a record at all
    """

    id: str
    assessed_item: AssessedItem | None
    claim: Mapping[str, Any] | None
    recorded: str | None
    controls: Mapping[str, Controlled]
    judged: bool = True

    @property
    def part(self) -> str:
        return self.id.split("/", 1)[0]

    @property
    def verdict(self) -> str:
        return self.claim["verdict"] if self.claim else str(Verdict.NOT_RUN)

    @property
    def agrees(self) -> bool:
        """Whether the verdict is the recorded one, perhaps with less of a margin. What is recorded as undecided may
        come out as anything."""
        told = self.claim["leaning"] if self.claim else self.verdict
        return self.recorded in (self.verdict, told, str(Verdict.UNDECIDED))

    @property
    def problem(self) -> str | None:
        """Why this finding turns the build red, or None."""
        if not self.judged:
            return None
        if self.claim is None:
            return f"{self.id}: recorded as {self.recorded}, but no item makes this claim"
        if self.recorded is None:
            return f"{self.id}: {self.verdict}, not on record"
        if not self.agrees:
            return f"{self.id}: {self.verdict}, recorded as {self.recorded}"
        failed = [
            f"under control {name} {control.verdict}, must be {control.wanted}"
            for name, control in self.controls.items()
            if not (control.worked or control.open)
        ]
        return f"{self.id}: {'; '.join(failed)}" if failed else None


def record_path() -> Path:
    return project_root() / "book" / "verdicts.yaml"


def read_record(profile: str) -> dict[str, str]:
    """Claim id -> expected verdict at `profile`. Raises UserError if the file is not such a mapping."""
    return _read_all().get(profile, {})


def write_record(profile: str, assessed: Sequence[AssessedItem]) -> Path:
    """Put the verdicts of `assessed` on record as those of `profile`; the other profiles stay.

    Raises UserError for a profile that has no record.
    """
    if profile in UNRECORDED:
        raise UserError(f"verdicts at profile {profile} are not put on record")
    verdicts = {claim["id"]: claim["verdict"] for assessed_item in assessed for claim in assessed_item.claims}
    changed = {**_read_all(), profile: verdicts}
    write(record_path(), HEADER + yaml.safe_dump(changed, sort_keys=True, width=110))
    return record_path()


def findings(profile: str, assessed: Sequence[AssessedItem]) -> list[Finding]:
    """Every claim of `assessed` beside its record, then what only the record knows."""
    recorded, held = read_record(profile), profile not in UNRECORDED
    made = [
        Finding(
            claim["id"],
            assessed_item,
            claim,
            recorded.get(claim["id"]),
            _controls(assessed_item, claim["id"]),
            held,
        )
        for assessed_item in assessed
        for claim in assessed_item.claims
    ]
    known = {finding.id for finding in made}
    return made + [
        Finding(id, None, None, verdict, {}) for id, verdict in recorded.items() if id not in known
    ]


def problems(judged: Sequence[Finding]) -> list[str]:
    """Every problem in one line each; many unrecorded claims share one."""
    unrecorded = [
        finding
        for finding in judged
        if finding.judged and finding.claim is not None and finding.recorded is None
    ]
    if len(unrecorded) <= MANY:
        return [finding.problem for finding in judged if finding.problem]
    others = [finding.problem for finding in judged if finding.problem and finding not in unrecorded]
    return [
        f"{len(unrecorded)} claims are not on record: earlyalign verify --record puts them there",
        *others,
    ]


def differing(judged: Sequence[Finding], run_only: bool = False) -> list[str]:
    """The problems of a profile that has a record; none where it has none. With `run_only`, those of items that ran."""
    if all(finding.recorded is None for finding in judged):
        return []
    return problems([finding for finding in judged if finding.assessed_item is not None or not run_only])


def _controls(assessed_item: AssessedItem, claim: str) -> dict[str, Controlled]:
    return {
        control["name"]: Controlled(control["verdict"], judged["verdict"], judged["leaning"])
        for control in assessed_item.controls
        for judged in control["claims"]
        if judged["id"] == claim
    }


def _read_all() -> dict[str, dict[str, str]]:
    path = record_path()
    if not path.is_file():
        return {}
    record = read_yaml(path, "book/verdicts.yaml") or {}
    if not isinstance(record, dict) or not all(isinstance(block, dict) for block in record.values()):
        raise UserError("book/verdicts.yaml must map profiles to claims and claims to verdicts")
    for profile, block in record.items():
        for claim, verdict in block.items():
            if verdict not in list(Verdict):
                raise unknown(
                    f"verdict of {claim} at {profile} in book/verdicts.yaml", str(verdict), list(Verdict)
                )
    return record
