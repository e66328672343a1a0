"""The last step before a mass reversal runs: one person starts it, or one proposes it and another starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import person
from kit.backoffice.second_person import is_own

from ..models import MassReversal
from ..selectors import ReversalPreview
from ..services import propose_reversal, start_reversal
from ..wording import reversals as wording


@dataclass(frozen=True)
class StartStep:
    """What the page says and does for the person who looks; ``is_alone`` if they would go alone."""

    button: str
    done: Callable[[MassReversal], str]
    intro: str
    is_alone: bool
    run: Callable[[dict[str, Any]], MassReversal]


def start_step(request: HttpRequest, reversal: MassReversal, preview: ReversalPreview) -> StartStep:
    """Start it, propose it, or start what another proposed."""
    if reversal.proposed_by_id is not None:
        is_alone = is_own(request, reversal)
        button = _("Start it alone") if is_alone else _("Approve, and void them")
        return _step(request, reversal, button, is_alone=is_alone, intro=wording.proposed(reversal))
    if reversal.market.reversal_second_person_above is None:  # Saves the preview, which is lazy.
        return _step(request, reversal, _("Void them"), is_alone=False)
    share = reversal.share(preview.violations, person_id=person(request).pk, as_of=timezone.now())
    if share.needs_second_person:
        return _proposing(request, reversal, wording.own_share(share))
    return _step(request, reversal, _("Void them"), is_alone=False, intro=wording.own_share(share))


def _step(request: HttpRequest, reversal: MassReversal, button: str, *, is_alone: bool, intro: str = "") -> StartStep:
    def run(data: dict[str, Any]) -> MassReversal:
        data = {"reason": reversal.reason, **data}
        return start_reversal(reversal=reversal, **data, started_by=person(request), now=timezone.now())

    return StartStep(button=button, done=_done, intro=intro, is_alone=is_alone, run=run)


def _done(reversal: MassReversal) -> str:
    if reversal.started_at is None:
        return _("It waits for a second person.")
    return _("It has started: the first violations are voided within a minute. It can be stopped.")


def _proposing(request: HttpRequest, reversal: MassReversal, intro: str) -> StartStep:
    def run(data: dict[str, Any]) -> MassReversal:
        by, now = person(request), timezone.now()
        if data["alone_reason"]:
            return start_reversal(reversal=reversal, **data, started_by=by, now=now)
        del data["alone_reason"]
        return propose_reversal(reversal=reversal, **data, proposed_by=by, now=now)

    return StartStep(
        button=_("Propose it"),
        done=_done,
        intro=intro,
        is_alone=True,
        run=run,
    )
