"""What staff read of a trial."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.confidence_intervals import wilson_interval

from ..rules import FOLLOWED_FOR
from ..statistics.wording import between, percent
from .rules import Half, TrialOutcome, TrialVerdict

SAID = {
    TrialVerdict.NOBODY: _lazy("One half is empty, so nothing can be compared."),
    TrialVerdict.NO_EFFECT: _lazy(
        "No effect: the difference is one that chance alone would give. That does not prove that there is none, only "
        "that this trial cannot tell it."
    ),
    TrialVerdict.FEWER: _lazy("Sellers who were invited breached the policy less often than the others."),
    TrialVerdict.MORE: _lazy("Sellers who were invited breached the policy more often than the others."),
}


def verdict(outcome: TrialOutcome, *, last_assigned_at: datetime | None) -> str:
    """The result in a sentence, or from when there will be one."""
    if outcome.verdict is not TrialVerdict.TOO_EARLY:
        return str(SAID[outcome.verdict])
    if outcome.is_running or last_assigned_at is None:
        return _("Too early: the trial still takes in sellers. Stop it, and read the result 90 days later.")
    day = date_format(localtime(last_assigned_at + FOLLOWED_FOR))
    return _("Too early: the last sellers are followed until %(day)s. Read the result then.") % {"day": day}


def difference(outcome: TrialOutcome) -> str:
    """How far apart the halves are, with the interval."""
    if not (outcome.invited.sellers and outcome.others.sellers):
        return "–"
    said = _("%(points)s percentage points (99 times in a hundred between %(low)s and %(high)s)")
    low, high = outcome.interval
    return said % {"points": _points(outcome.difference), "low": _points(low), "high": _points(high)}


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def half_rows(outcome: TrialOutcome) -> list[dict[str, object]]:
    return [_row(_("Invited"), outcome.invited), _row(_("Not invited"), outcome.others)]


def _row(said: str, half: Half) -> dict[str, object]:
    return {
        "said": said,
        "half": half,
        "rate": percent(half.rate) if half.sellers else "–",
        "between": between(wilson_interval(half.again, half.sellers)) if half.sellers else "–",
    }


def trial_runs() -> str:
    return _("A trial of this quiz runs in this market already. Stop it first, or choose another market.")


def trial_is_stopped() -> str:
    return _("The trial is stopped already.")


def quiz_is_not_published() -> str:
    return _("Publish the quiz first: nobody could take it.")
