"""What people read of feedback: why they cannot give any, and how much hosts are shown."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import moment_words

from .models import Workshop
from .occasions import MIN_ANSWERS_SHOWN, WhyNoFeedback, feedback_until


def why_no_feedback(problem: WhyNoFeedback, *, workshop: Workshop) -> str:
    """Why a seller cannot say how a workshop was, and what to do."""
    until = feedback_until(workshop.ends_at, days=workshop.feedback_days)
    facts = {
        "end": moment_words(workshop.ends_at, zone=workshop.zone),
        "until": moment_words(until, zone=workshop.zone),
    }
    return _why_no_feedback(problem) % facts


def _why_no_feedback(problem: WhyNoFeedback) -> str:
    return {
        WhyNoFeedback.GIVEN: _("You have given feedback on this workshop. Thank you."),
        WhyNoFeedback.NOT_ASKED: _("The host does not ask for feedback on this workshop."),
        WhyNoFeedback.TOO_EARLY: _("The workshop ends on %(end)s. Come back then and say how it was."),
        WhyNoFeedback.NOT_THERE: _(
            "Feedback is for those who were checked in. If you were there, ask the host to note it."
        ),
        WhyNoFeedback.TOO_LATE: _("Feedback could be given until %(until)s. Thank you for coming back to it."),
    }[problem]


def too_few(count: int) -> str:
    """Why a host does not see what was said."""
    said = ngettext(
        "%(count)s answer so far. What was said is shown once there are %(least)s, so that nobody is recognised.",
        "%(count)s answers so far. What was said is shown once there are %(least)s, so that nobody is recognised.",
        count,
    )
    return said % {"count": count, "least": MIN_ANSWERS_SHOWN}
