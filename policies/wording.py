"""What people read of policies: why a draft is not published, and when it takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.formatting import utc_words
from sellers.models import Market

from .models import ArticleVersion, Policy, PolicyVersion


def has_a_draft(policy: Policy) -> str:
    return _("%(policy)s has a draft already; publish or delete that one first.") % {"policy": policy}


def published_already(version: PolicyVersion) -> str:
    return _("%(version)s is published already.") % {"version": version}


def says_the_same(newest: PolicyVersion) -> str:
    said = _("It says the same as version %(number)s: every seller would be told of nothing. Change it or delete it.")
    return said % {"number": newest.number}


def too_early(earliest: datetime) -> str:
    return _("It can take effect from %(moment)s at the earliest.") % {"moment": utc_words(earliest)}


def not_after_the_version_before(effective_from: datetime) -> str:
    said = _("It must take effect after the version before it (%(moment)s).")
    return said % {"moment": utc_words(effective_from)}


def was_published(version: PolicyVersion) -> str:
    """Why a version is not published again."""
    assert version.published_at is not None and version.effective_from is not None  # noqa: S101, PT018  # published ones have both
    said = _(
        "It was published on %(published)s and takes effect, or took effect, on %(effective)s. What is published is "
        "read-only; draft a new wording."
    )
    return said % {"published": utc_words(version.published_at), "effective": utc_words(version.effective_from)}


def publishing(version: PolicyVersion) -> str:
    return _("Publish %(version)s") % {"version": version}


def now_published(version: PolicyVersion) -> str:
    """What became of a version that was published, or proposed."""
    if version.published_at is None:
        return now_proposed()
    return _("%(version)s is published. From now on it is read-only.") % {"version": version}


def now_proposed() -> str:
    return _("It waits for a second person.")


def needs_second_person() -> str:
    return _("You propose it, and somebody else publishes it.")


def proposed(version: PolicyVersion) -> str:
    """Who proposed to publish a draft, and from when it would be in force."""
    facts = {"person": version.proposed_by, "reason": version.immediate_reason}
    if version.effective_from is None:
        return _("%(person)s proposes to publish it at once, without the notice, because: %(reason)s") % facts
    facts["moment"] = utc_words(version.effective_from)
    return _("%(person)s proposes to publish it. It would take effect %(moment)s.") % facts


def audience_words(audience: Sequence[tuple[Market, int]]) -> SafeString:
    """How many sellers of which markets are told: ``2 sellers in United States, 1 seller in Brazil``."""
    if not audience:
        return mark_safe(_("no seller"))  # noqa: S308  # a text of ours
    return format_html_join(", ", "{}", ((_sellers_in(market, count),) for market, count in audience))


def _sellers_in(market: Market, count: int) -> SafeString:
    said = ngettext(
        "{count} seller in <bdi>{market}</bdi>",
        "{count} sellers in <bdi>{market}</bdi>",
        count,
    )
    return format_html(said, count=f"{count:,}", market=market)


def waits_for_its_date(newest: PolicyVersion) -> str:
    """That a draft starts from a version that is published and not in force yet."""
    assert newest.effective_from is not None  # noqa: S101  # published versions have a date
    said = _(
        "Version %(number)s is published and takes effect on %(moment)s. This draft starts from its text, and can take "
        "effect after it."
    )
    return said % {"number": newest.number, "moment": utc_words(newest.effective_from)}


def version_and_points(version: PolicyVersion) -> str:
    """``version 2, 4 points``."""
    said = ngettext("version %(number)s, %(points)s point", "version %(number)s, %(points)s points", version.points)
    return said % {"number": version.number, "points": version.points}


def version_number(version: PolicyVersion) -> str:
    return _("version %(number)s") % {"number": version.number}


def does_not_wait() -> str:
    return _("It does not wait for a second person.")


def article_says_the_same() -> str:
    return _("It says what sellers read already. Change it or delete it.")


def article_published_already(published_at: datetime) -> str:
    """Why a text of an article is not published again."""
    said = _("It was published on %(moment)s. What is published is read-only; draft a new text.")
    return said % {"moment": utc_words(published_at)}


def article_proposed(version: ArticleVersion) -> str:
    """Who proposed to publish a text of an article."""
    return _("%(person)s proposes to publish it. Sellers read it from that moment on.") % {
        "person": version.proposed_by
    }


def article_needs_second_person() -> str:
    return _("You propose it, and somebody else publishes it. Sellers read it from that moment on.")


def article_now_published(version: ArticleVersion) -> str:
    """What became of a text of an article that was published, or proposed."""
    if version.published_at is None:
        return now_proposed()
    return _("Sellers read “%(title)s” now.") % {"title": version.title}


def field_labels() -> dict[str, str]:
    """The fields of a version in which another one can differ, by their names."""
    return {
        "requirement": _("Requirement"),
        "breach": _("Why content breaks it"),
        "severity": _("Severity"),
        "points": _("Points"),
        "wording": _("Wording"),
    }


def article_labels() -> dict[str, str]:
    """The parts of an article in which another text of it can differ, by their names."""
    return {
        "title": _("Title"),
        "summary": _("Summary"),
        "sections": _("Sections"),
        "order": _("Sections in their order, each with the end of its address"),
    }
