"""A frozen report as the tree that all its forms are written from."""

from __future__ import annotations

from kit.dates import zone_name
from violations.presentation.standing import level_tone
from violations.wording.standing import standing_words

from ..models import ReportRun, WeeklyReport
from ..rules import WorkshopState
from ..selectors import SellerWeek, WorkshopOutlook, level_at_end
from ..wording import figures
from ..wording import report as wording
from .contents import contents_of
from .figures import changes_of, figures_of
from .follow_ups import developments_of, open_follow_ups_of, plan_of, settled_follow_ups_of
from .history import breaches_of, history_of
from .ledger import ledger_of
from .milestones import alert_of, milestones_ahead, notice_of
from .nodes import Figures, Headline, Recipient, Summary, Verdict, WorkshopItem
from .tree import PresentedReport, ReportLead, WorkshopsOffered

WORKSHOP_TONES = {WorkshopState.HAS_PLACE: "good", WorkshopState.WAITING: "info", WorkshopState.PLACES_LEFT: "info"}


def summarize(report: WeeklyReport) -> Summary:
    """A report as a line of the list of all. Its run must be at hand."""
    headline = headline_of(report)
    return Summary(
        **vars(headline),
        standing=Verdict(standing_words(level_at_end(report)), headline.verdict.tone),
        published_at=report.run.published_at,
        href=report.get_absolute_url(),
    )


def headline_of(report: WeeklyReport) -> Headline:
    """The week of a report in a word and in figures. Its run must be at hand."""
    level = level_at_end(report)
    return Headline(
        week=report.week,
        days=figures.week_range(report.week),
        verdict=Verdict(wording.level_words(level, violations=report.violation_count), level_tone(level)),
        figures=figures_of(report),
    )


def present(week: SellerWeek) -> PresentedReport:
    """All that a report says. No query."""
    run, lead, settled = week.run, lead_of(week), settled_follow_ups_of(week)
    return PresentedReport(
        **vars(lead),
        summary=summarize(week.report),
        now=week.now,
        made_at=run.published_at or run.ends_at,
        freshness=_freshness(run),
        zone=run.zone,
        zone_name=zone_name(run.ends_at, zone=run.zone),
        nothing_left=wording.nothing_left(
            had_steps=bool(lead.open_follow_ups or settled), points=lead.figures.points_at_end
        ),
        settled_follow_ups=settled,
        breaches=breaches_of(week),
        developments=developments_of(week),
        contents=contents_of(week),
        ledger=ledger_of(week, lead.figures),
        milestones=milestones_ahead(run, lead.figures),
        workshops=_workshops(week),
        previous_week=week.earlier[0].week if week.earlier else None,
        next_week=week.next_week,
    )


def lead_of(week: SellerWeek) -> ReportLead:
    """What a report says first. No query."""
    headline = headline_of(week.report)
    numbers = headline.figures
    return ReportLead(
        headline=headline,
        recipient=_recipient(week),
        sentence=_sentence(week.run, numbers),
        actions=[notice_of(action, week) for action in week.actions],
        alert=alert_of(week, numbers),
        plan=plan_of(week),
        open_follow_ups=open_follow_ups_of(week),
        changes=changes_of(week, numbers),
        history=history_of(week, numbers),
    )


def _freshness(run: ReportRun) -> str:
    return wording.freshness(published_at=run.published_at, known_until=run.ends_at, zone=run.zone)


def _recipient(week: SellerWeek) -> Recipient:
    seller = week.seller
    return Recipient(
        pk=seller.pk,
        external_id=seller.external_id,
        name=seller.name,
        market=week.run.market_name,
        market_code=seller.market.code,
        language=seller.market.language,
    )


def _sentence(run: ReportRun, numbers: Figures) -> str:
    return wording.week_sentences(
        violations=numbers.violations,
        points_at_start=numbers.points_at_start,
        points_at_end=numbers.points_at_end,
        next_milestone=numbers.next_milestone,
        milestones=run.milestone_points,
    )


def _workshops(week: SellerWeek) -> WorkshopsOffered:
    title = wording.workshops_title(all_near=all(one.is_near for one in week.workshops))
    return WorkshopsOffered(title, [_workshop(outlook) for outlook in week.workshops])


def _workshop(outlook: WorkshopOutlook) -> WorkshopItem:
    workshop = outlook.workshop
    return WorkshopItem(
        title=workshop.title,
        when=workshop.when,
        starts_at=workshop.starts_at,
        city=str(workshop.city or workshop.get_mode_display()),
        venue=workshop.venue,
        is_near=outlook.is_near,
        state=wording.workshop_words(outlook.state, places_left=outlook.places_left),
        tone=WORKSHOP_TONES.get(outlook.state, "neutral"),
        href=workshop.get_absolute_url(),
    )
