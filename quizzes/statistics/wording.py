"""What people read of figures."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .rules import Flag, QuizAfterBreach

FLAGS: dict[Flag, Promise] = {
    Flag.KEY_IN_DOUBT: _lazy("The key may be wrong: look at the choices."),
    Flag.LEAK: _lazy("Right answers rose suddenly in the last four weeks: the answer may be known."),
    Flag.TOO_HARD: _lazy("Few know it: look at the wording and at the article."),
    Flag.TOO_EASY: _lazy("Nearly everybody knows it."),
    Flag.TELLS_LITTLE: _lazy("It hardly tells who knows the policy."),
    Flag.RARE_CHOICE: _lazy("Hardly anybody takes one of its choices."),
}

AFTER: dict[QuizAfterBreach, Promise] = {
    QuizAfterBreach.PASS: _lazy("passed the quiz"),
    QuizAfterBreach.FAIL: _lazy("took it and did not pass"),
    QuizAfterBreach.NONE: _lazy("did not take it"),
}


def percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"


def between(interval: tuple[float, float]) -> str:
    """An interval of shares."""
    low, high = interval
    return _("%(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}
