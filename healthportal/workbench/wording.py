"""The sentences of the home page of staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext, ngettext_lazy

from kit.formatting import utc_words

from .needs import Urgency
from .selectors import MAX_COUNTED, FoundNeed

TITLES = {
    "overdue_appeals": ngettext_lazy("%(count)s appeal is overdue", "%(count)s appeals are overdue", "number"),
    "unassigned_now": ngettext_lazy(
        "%(count)s appeal that nobody has is to be decided within a day, or is overdue",
        "%(count)s appeals that nobody has are to be decided within a day, or are overdue",
        "number",
    ),
    "stopped_reversals": ngettext_lazy(
        "%(count)s mass reversal stopped by itself", "%(count)s mass reversals stopped by themselves", "number"
    ),
    "detector_alarms": ngettext_lazy(
        "What %(count)s detector finds is overturned much more often than before",
        "What %(count)s detectors find is overturned much more often than before",
        "number",
    ),
    "held_violations": ngettext_lazy(
        "%(count)s violation is held and waits for your decision",
        "%(count)s violations are held and wait for your decision",
        "number",
    ),
    "failed_runs": ngettext_lazy(
        "%(count)s run of reports has parts that failed", "%(count)s runs of reports have parts that failed", "number"
    ),
    "late_runs": ngettext_lazy(
        "%(count)s run of reports is late: it waits for workers",
        "%(count)s runs of reports are late: they wait for workers",
        "number",
    ),
    "emails_given_up": ngettext_lazy(
        "%(count)s email was given up this week", "%(count)s emails were given up this week", "number"
    ),
    "unconfirmed_actions": ngettext_lazy(
        "The marketplace's system has not confirmed %(count)s action",
        "The marketplace's system has not confirmed %(count)s actions",
        "number",
    ),
    "webhooks_off": ngettext_lazy(
        "%(count)s webhook endpoint was switched off: it took nothing",
        "%(count)s webhook endpoints were switched off: they took nothing",
        "number",
    ),
    "erasures": ngettext_lazy("%(count)s person asks to be erased", "%(count)s people ask to be erased", "number"),
    "expiring_tokens": ngettext_lazy(
        "%(count)s API token expires soon or has expired", "%(count)s API tokens expire soon or have expired", "number"
    ),
    "lone_decisions": ngettext_lazy(
        "%(count)s decision was made alone that two people make",
        "%(count)s decisions were made alone that two people make",
        "number",
    ),
    "appeals_due_today": ngettext_lazy(
        "%(count)s appeal is to be decided within a day", "%(count)s appeals are to be decided within a day", "number"
    ),
    "unassigned_later": ngettext_lazy(
        "%(count)s appeal that nobody has waits for a decision, with more than a day left",
        "%(count)s appeals that nobody has wait for a decision, with more than a day left",
        "number",
    ),
    "appeals_due_later": ngettext_lazy(
        "%(count)s appeal waits for a decision, with more than a day left",
        "%(count)s appeals wait for a decision, with more than a day left",
        "number",
    ),
    "remarks": ngettext_lazy(
        "%(count)s seller says that something is wrong with a question",
        "%(count)s sellers say that something is wrong with a question",
        "number",
    ),
    "questions_in_review": ngettext_lazy(
        "%(count)s question waits for a second person", "%(count)s questions wait for a second person", "number"
    ),
    "proposed_pass_points": ngettext_lazy(
        "%(count)s proposal of what a pass removes waits for a second person",
        "%(count)s proposals of what a pass removes wait for a second person",
        "number",
    ),
    "proposed_regrades": ngettext_lazy(
        "%(count)s question to be graded again waits for a second person",
        "%(count)s questions to be graded again wait for a second person",
        "number",
    ),
    "second_reviews": ngettext_lazy(
        "%(count)s decided appeal waits for a second review",
        "%(count)s decided appeals wait for a second review",
        "number",
    ),
    "own_appeals": ngettext_lazy("You have %(count)s appeal", "You have %(count)s appeals", "number"),
    "rules_changes": ngettext_lazy(
        "%(count)s change of a market's rules waits for a second person",
        "%(count)s changes of a market's rules wait for a second person",
        "number",
    ),
    "proposed_versions": ngettext_lazy(
        "%(count)s policy version waits for a second person",
        "%(count)s policy versions wait for a second person",
        "number",
    ),
    "proposed_articles": ngettext_lazy(
        "%(count)s text of an article waits for a second person",
        "%(count)s texts of articles wait for a second person",
        "number",
    ),
    "proposed_superusers": ngettext_lazy(
        "%(count)s proposal of a superuser waits for a second person",
        "%(count)s proposals of superusers wait for a second person",
        "number",
    ),
    "proposed_controls": ngettext_lazy(
        "%(count)s proposal of what one person may do waits for a second person",
        "%(count)s proposals of what one person may do wait for a second person",
        "number",
    ),
    "proposed_uploads": ngettext_lazy(
        "%(count)s upload waits for a second person", "%(count)s uploads wait for a second person", "number"
    ),
    "proposed_reversals": ngettext_lazy(
        "%(count)s mass reversal waits for a second person",
        "%(count)s mass reversals wait for a second person",
        "number",
    ),
    "checked_uploads": ngettext_lazy(
        "%(count)s upload of yours is checked and waits for your decision",
        "%(count)s uploads of yours are checked and wait for your decision",
        "number",
    ),
    "checked_members": ngettext_lazy(
        "%(count)s upload of members of yours is checked and waits for your decision",
        "%(count)s uploads of members of yours are checked and wait for your decision",
        "number",
    ),
    "refused_members": ngettext_lazy(
        "%(count)s upload of members of yours this week had lines that were refused",
        "%(count)s uploads of members of yours this week had lines that were refused",
        "number",
    ),
    "draft_reversals": ngettext_lazy(
        "%(count)s mass reversal that you drafted is not started",
        "%(count)s mass reversals that you drafted are not started",
        "number",
    ),
    "draft_workshops": ngettext_lazy(
        "%(count)s workshop of yours is not published", "%(count)s workshops of yours are not published", "number"
    ),
    "drafted_versions": ngettext_lazy(
        "%(count)s policy version is a draft", "%(count)s policy versions are drafts", "number"
    ),
    "drafted_articles": ngettext_lazy(
        "%(count)s text of an article is a draft", "%(count)s texts of articles are drafts", "number"
    ),
    "workshops_with_a_door": ngettext_lazy(
        "%(count)s workshop has its door today", "%(count)s workshops have their door today", "number"
    ),
    "workshops_this_week": ngettext_lazy(
        "%(count)s workshop takes place within a week", "%(count)s workshops take place within a week", "number"
    ),
    "coming_versions": ngettext_lazy(
        "%(count)s policy version takes effect soon", "%(count)s policy versions take effect soon", "number"
    ),
}
"""By the number of records, which is said as a count."""


def part_title(when: Urgency) -> str:
    return {
        Urgency.NOW: _("Needs you now"),
        Urgency.TODAY: _("Due today"),
        Urgency.MINE: _("Yours to finish"),
        Urgency.SOON: _("Coming up"),
    }[when]


def title(found: FoundNeed) -> str:
    """What waits, with how many there are."""
    count = _("more than %(count)s") % {"count": MAX_COUNTED} if found.is_more else found.total
    return str(TITLES[found.need.name] % {"number": found.total, "count": count})


BUTTONS = {
    "overdue_appeals": _lazy("Decide the oldest"),
    "unassigned_now": _lazy("Assign the first"),
    "unassigned_later": _lazy("Assign the first"),
    "stopped_reversals": _lazy("Look why it stopped"),
    "detector_alarms": _lazy("Look at the alarm"),
    "held_violations": _lazy("Look at the first"),
    "unconfirmed_actions": _lazy("Look at the oldest"),
    "webhooks_off": _lazy("Look why, and switch it on"),
    "failed_runs": _lazy("Try again"),
    "late_runs": _lazy("See what it waits for"),
    "emails_given_up": _lazy("Try again"),
    "erasures": _lazy("See what it does"),
    "expiring_tokens": _lazy("Replace it"),
    "lone_decisions": _lazy("Read why"),
    "appeals_due_today": _lazy("Decide the next"),
    "appeals_due_later": _lazy("Decide the next"),
    "remarks": _lazy("Answer the first"),
    "questions_in_review": _lazy("Review it"),
    "proposed_pass_points": _lazy("Decide on it"),
    "proposed_regrades": _lazy("Decide on it"),
    "second_reviews": _lazy("Review it"),
    "own_appeals": _lazy("Go on with it"),
    "rules_changes": _lazy("Review it"),
    "proposed_versions": _lazy("Review it"),
    "proposed_articles": _lazy("Review it"),
    "proposed_superusers": _lazy("Decide on it"),
    "proposed_controls": _lazy("Decide on it"),
    "proposed_uploads": _lazy("Review it"),
    "proposed_reversals": _lazy("Review it"),
    "checked_uploads": _lazy("See what it would do"),
    "checked_members": _lazy("See what it would do"),
    "refused_members": _lazy("See why"),
    "draft_reversals": _lazy("Go on with it"),
    "draft_workshops": _lazy("Go on with it"),
    "drafted_versions": _lazy("Go on with it"),
    "drafted_articles": _lazy("Go on with it"),
    "workshops_with_a_door": _lazy("Go to the door"),
    "workshops_this_week": _lazy("Open the next"),
    "coming_versions": _lazy("See who was told"),
}
"""What the first click does; each leads to the page that settles the record."""

MOMENTS = {
    "overdue_appeals": _lazy("was due %(moment)s"),
    "appeals_due_today": _lazy("due %(moment)s"),
    "appeals_due_later": _lazy("due %(moment)s"),
    "unassigned_now": _lazy("due %(moment)s"),
    "unassigned_later": _lazy("due %(moment)s"),
    "remarks": _lazy("sent %(moment)s"),
    "proposed_regrades": _lazy("proposed %(moment)s"),
    "second_reviews": _lazy("drawn %(moment)s"),
    "own_appeals": _lazy("due %(moment)s"),
    "stopped_reversals": _lazy("stopped %(moment)s"),
    "detector_alarms": _lazy("raised %(moment)s"),
    "held_violations": _lazy("received %(moment)s"),
    "unconfirmed_actions": _lazy("started %(moment)s"),
    "webhooks_off": _lazy("switched off %(moment)s"),
    "failed_runs": _lazy("week ended %(moment)s"),
    "late_runs": _lazy("week ended %(moment)s"),
    "emails_given_up": _lazy("last tried %(moment)s"),
    "erasures": _lazy("asked %(moment)s"),
    "expiring_tokens": _lazy("expires %(moment)s"),
    "rules_changes": _lazy("takes effect %(moment)s"),
    "proposed_versions": _lazy("proposed %(moment)s"),
    "proposed_articles": _lazy("proposed %(moment)s"),
    "proposed_superusers": _lazy("proposed %(moment)s"),
    "proposed_controls": _lazy("proposed %(moment)s"),
    "proposed_uploads": _lazy("uploaded %(moment)s"),
    "proposed_reversals": _lazy("proposed %(moment)s"),
    "checked_uploads": _lazy("uploaded %(moment)s"),
    "checked_members": _lazy("uploaded %(moment)s"),
    "refused_members": _lazy("uploaded %(moment)s"),
    "draft_reversals": _lazy("drafted %(moment)s"),
    "draft_workshops": _lazy("starts %(moment)s"),
    "workshops_with_a_door": _lazy("starts %(moment)s"),
    "workshops_this_week": _lazy("starts %(moment)s"),
    "coming_versions": _lazy("takes effect %(moment)s"),
}
"""When a record is due, or since when it waits."""


def button(name: str) -> str:
    """What the first click on a line does."""
    return str(BUTTONS[name])


def moment_words(name: str, moment: datetime | None) -> str:
    """When a record is due, or since when it waits (UTC)."""
    return "" if moment is None else str(MOMENTS[name]) % {"moment": utc_words(moment)}


def counted(name: str) -> str:
    return {
        "violations": _("Violations issued"),
        "actions": _("Enforcement actions started"),
        "appeals_filed": _("Appeals filed"),
        "appeals_decided": _("Appeals decided"),
        "signups": _("Workshop sign-ups"),
        "emails": _("Emails sent"),
    }[name]


def email_subject(found: Sequence[FoundNeed], *, is_morning: bool) -> str:
    """The first thing that waits, and how much more does."""
    first, more = title(found[0]), len(found) - 1
    if not more:
        return _("This morning: %(first)s") % {"first": first} if is_morning else first
    words = (
        ngettext("This morning: %(first)s, %(count)s more waits", "This morning: %(first)s, %(count)s more wait", more)
        if is_morning
        else ngettext("%(first)s, %(count)s more waits", "%(first)s, %(count)s more wait", more)
    )
    return words % {"first": first, "count": more}


def email_body(found: Sequence[FoundNeed], *, base_url: str) -> str:
    """What waits, by part, each with the address that settles the first."""
    lines = []
    for when in Urgency:
        of_part = [one for one in found if one.need.when is when]
        if of_part:
            lines += [part_title(when), ""]
            lines += [f"- {title(one)}: {base_url}{one.need.record_url(one.records[0])}" for one in of_part]
            lines += [""]
    home = reverse("admin:index")
    return "\n".join([*lines, _("All of it, and which emails you get: %(url)s") % {"url": f"{base_url}{home}"}, ""])
