"""How each kind of job stands that somebody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from kit.backoffice.scopes import path_of
from kit.jobs.models import Job
from kit.jobs.queues import QueueState, job_kinds, queue_state
from kit.scopes import NOWHERE
from sellers.staff_scope import for_staff, markets_of

FAILED_SHOWN = 5
"""Of how many jobs of a kind that were given up the page says why."""


@dataclass(frozen=True)
class KindLine:
    """A kind of job on the page: how it stands, what was given up last, and whether the person may have it retried."""

    standing: QueueState
    failed: Sequence[Job]
    may_retry: bool

    @property
    def why_not_retried(self) -> str:
        """Why nobody can have it tried again; empty: somebody can."""
        return str(self.standing.kind.why_not_retried)

    @property
    def label(self) -> str:
        return self.standing.kind._meta.label_lower

    @property
    def record_page(self) -> str:
        """The name of a record's page, which not every kind has."""
        return self._page("change")

    @property
    def list_page(self) -> str:
        """The name of the page that lists the records, likewise."""
        return self._page("changelist")

    def _page(self, name: str) -> str:
        meta = self.standing.kind._meta
        return f"admin:{meta.app_label}_{meta.model_name}_{name}"

    @property
    def title(self) -> str:
        return str(self.standing.kind._meta.verbose_name_plural)


def lines_for(person: User, *, as_of: datetime) -> list[KindLine]:
    """The kinds whose records a person may see (3 queries each)."""
    return [_line(kind, person, as_of) for kind in job_kinds() if _may_see(kind, person)]


def _may_see(kind: type[Job], person: User) -> bool:
    """Whoever works for some markets sees none of a kind without a market; so they are not shown it as empty."""
    of_none = path_of(kind) == NOWHERE
    return person.has_perm(_permission(kind, "view")) and not (of_none and markets_of(person) is not None)


def _line(kind: type[Job], person: User, as_of: datetime) -> KindLine:
    jobs = for_staff(kind._default_manager.all(), person)
    given_up = jobs.filter(given_up_at__isnull=False).order_by("-given_up_at")
    stands = queue_state(kind, as_of=as_of, jobs=jobs)
    return KindLine(stands, list(given_up[:FAILED_SHOWN]), may_retry(kind, person))


def may_retry(kind: type[Job], person: User) -> bool:
    """Whether a person may have jobs of a kind tried again."""
    return not kind.why_not_retried and person.has_perm(kind.retried_with or _permission(kind, "change"))


def kind_named(label: str) -> type[Job] | None:
    """The kind with this label, such as ``inbox.emaildelivery``."""
    return next((kind for kind in job_kinds() if kind._meta.label_lower == label), None)


def _permission(kind: type[Job], verb: str) -> str:
    return f"{kind._meta.app_label}.{verb}_{kind._meta.model_name}"
