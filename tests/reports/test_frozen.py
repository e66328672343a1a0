"""What a published report said never changes, whatever is changed since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client

from inbox.delivery import compose
from inbox.models import EmailDelivery
from policies.models import Article, Policy
from quizzes.services import answer_question, start_attempt, submit_attempt
from reports.presentation.data import report_csv, report_json
from reports.presentation.pdf import file_name, report_pdf
from reports.presentation.presenting import present
from reports.selectors import get_report, next_week, workshops_of
from reports.services import build_due_weeks
from sellers.models import Content, Market, Member, Seller
from sellers.services import ContentDraft, put_content
from tests.factories import (
    LONG_AGO,
    ArticleFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    WorkshopFactory,
    issue,
)
from violations.services import file_appeal
from workshops.models import City, Workshop

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
LATER = W45_END + timedelta(days=2)
DAY = timedelta(days=1)


@pytest.fixture
def member(market: Market) -> Member:
    made: Member = MemberFactory(seller__market=market, seller__city="Austin", seller__created_at=LONG_AGO)
    return made


@pytest.fixture
def published(market: Market, member: Member) -> Seller:
    """A seller's week with everything in it: found, told, credited, expired, left counting, open and done since."""
    seller = member.seller
    claims, giveaways = (PolicyFactory(code=code, name=f"About {code}", points=4) for code in ("claims", "giveaways"))
    for policy in (claims, giveaways):
        ArticleFactory(policy=policy, title=f"Reading about {policy.code}")
        QuizFactory(policy=policy)
    ahead = {"starts_at": W45_END + 9 * DAY, "ends_at": W45_END + 10 * DAY, "published_at": LONG_AGO}
    WorkshopFactory(market=market, title="Claims you can prove", city="Austin", **ahead)
    WorkshopFactory(market=market, title="Giveaways", city="Boston", **ahead)
    expiring = W45_END - 182 * DAY
    issue(seller, claims, issued_at=expiring, now=W45_END - 6 * DAY)
    issue(seller, giveaways, issued_at=expiring + 3 * DAY, now=W45_END - 5 * DAY)
    live = ContentDraft("live", "1", "Sunday LIVE")
    first = issue(seller, claims, issued_at=W45_END - 3 * DAY, now=W45_END - 3 * DAY, content=live)
    issue(seller, giveaways, issued_at=W45_END - 2 * DAY, now=W45_END - 2 * DAY)
    build_due_weeks(market=market, now=next_week(market=market).ends_at(zone=market.zone))
    pass_quiz(giveaways, member)
    file_appeal(violation=first, text="It was somebody else.", filed_by=member.user, now=W45_END + DAY)
    return seller


def pass_quiz(policy: Policy, member: Member) -> None:
    attempt = start_attempt(quiz=policy.quiz, seller=member.seller, user=member.user, now=W45_END + DAY)
    for asked in attempt.questions.all():
        choices, now = asked.right_ids, W45_END + DAY
        answer_question(attempt=attempt, user=attempt.user, position=asked.position, choices=choices, now=now)
    submit_attempt(attempt=attempt, user=attempt.user, now=W45_END + DAY)


def forms(client: Client, seller: Seller) -> dict[str, Any]:
    """What each form of the report says at one moment, but for the plan, which is that of the moment.

    Of a page it is the report's own part, drawn anew: one that was kept does not say which sentences are its plan.
    """
    cache.clear()
    fresh = Seller.objects.get(pk=seller.pk)
    week = fresh.reports.latest("week_start").week
    week_kept = get_report(seller=fresh, week=week, now=LATER)
    shown = present(week_kept)
    report = replace(shown, plan=[])
    email = compose(EmailDelivery.objects.get(message__kind="report"), now=LATER)
    pages = {path: client.get(f"/s/{seller.pk}/reports/{path}") for path in ("", f"{week}/", "all.csv", "all.json")}
    return {
        "json": "".join(report_json(report)),
        "csv": "".join(report_csv(report)),
        "pdf": report_pdf(report),
        "file name": file_name(report, "pdf"),
        "subject": email.subject,
        "text": without(shown.plan, email.body),
        "html": without(shown.plan, str(email.alternatives[0][0])),
        "steps": [(step.title, step.gain, step.by, step.state, step.note) for step in report.follow_ups],
        "since": [(line.day, line.title) for line in report.developments],
        "staff": [f"{workshop}: {workshop.when}" for workshop in workshops_of(week_kept.run)],
        **{path: b"".join(answer) if answer.streaming else main_of(answer) for path, answer in pages.items()},
    }


def main_of(answer: Any) -> str:
    """The report's own part of its page: what is around it is the portal as it is now."""
    text = answer.text[answer.text.index("<h1") : answer.text.index("</main>")]
    return without(answer.context["report"].plan, text) if "report" in answer.context else text


def without(sentences: Sequence[str], text: str) -> str:
    for sentence in sentences:
        text = re.sub(rf"<p[^>]*>{re.escape(sentence)}</p>|{re.escape(sentence)}", "", text)
    return " ".join(text.split())


def change_everything(seller: Seller) -> None:
    """Whatever staff, the marketplace or somebody with SQL can change of what the report names."""
    for policy in Policy.objects.all():
        Policy.objects.filter(pk=policy.pk).update(name=f"Renamed {policy.code}", topic="Renamed")
    Article.objects.update(title="Renamed article", summary="Renamed")
    Workshop.objects.update(
        title="Renamed workshop",
        summary="Renamed",
        description="Renamed",
        venue="Renamed hall",
        address="Renamed street",
        time_zone="Asia/Tokyo",
        starts_at=F("starts_at") + 5 * DAY,
        ends_at=F("ends_at") + 5 * DAY,
    )
    City.objects.update(name=Concat("name", Value(", renamed")))
    Market.objects.update(
        name="Renamed market",
        language="de",
        time_zone="Asia/Tokyo",
        approach_points=1,
        points_valid_days=9,
        appeal_days=1,
        redress="Renamed",
    )
    Seller.objects.filter(pk=seller.pk).update(name="Renamed seller", city="Renamed city", signed_up_to_sell=False)
    seller.market.milestones.update(kind="warning", capabilities=[], duration_days=1, notice_days=1)
    changed = {"title": "Renamed", "published_at": LONG_AGO, "url": "https://renamed.example/"}
    contents = [ContentDraft(one.kind, one.external_id, **changed) for one in Content.objects.all()]
    put_content(market=seller.market, drafts=[(seller.external_id, one) for one in contents], now=LATER)


def test_every_form_of_a_published_report_says_the_same_after_everything_was_changed(
    published: Seller, member: Member, client: Client
) -> None:
    client.force_login(member.user)
    forms(client, published)  # What is said only once was said.
    before = forms(client, published)
    assert "Renamed" not in str(before)
    assert "Claims you can prove" in before["json"]
    change_everything(published)
    after = forms(client, published)
    assert {name: (before[name], form) for name, form in after.items() if form != before[name]} == {}
