"""What is new since a member's last visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from healthportal.since_last_visit import IMPORTANT, Movement, movement, since_last_visit
from healthportal.wording import movement_sentences, new_messages_sentence
from inbox.selectors import read_news
from sellers.models import Member, Seller
from sellers.selectors import sellers_of
from sellers.services import note_visit
from tests.factories import LONG_AGO, MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, issue
from tests.pages import ago, signed_in_seller
from tests.threads import at_once
from violations.selectors import LedgerEntry, explain
from violations.services import void_violation

NOON = datetime.fromisoformat("2026-11-02T12:00:00+00:00")


@pytest.fixture
def member(db: None) -> Member:
    return MemberFactory(seller=SellerFactory(market=MarketFactory(books_closed_until=LONG_AGO)))


def visit(member: Member, *, minutes: float) -> datetime | None:
    seller = sellers_of(member.user).get(pk=member.seller_id)
    return note_visit(seller=seller, user=member.user, now=NOON + timedelta(minutes=minutes))


def ledger_of(seller: Seller) -> Sequence[LedgerEntry]:
    now = timezone.now()
    return explain(seller=seller, as_of=now, now=now).facts.ledger


def test_the_first_visit_has_none_before_it(member: Member) -> None:
    assert visit(member, minutes=0) is None
    assert visit(member, minutes=5) is None


def test_a_pause_of_half_an_hour_begins_a_new_visit(member: Member) -> None:
    visit(member, minutes=0)
    visit(member, minutes=29.9)
    assert visit(member, minutes=59.8) is None
    assert visit(member, minutes=89.8) == NOON + timedelta(minutes=59.8)
    assert visit(member, minutes=90) == NOON + timedelta(minutes=59.8)


def test_a_visit_is_noted_once_a_minute(member: Member) -> None:
    for minutes in (0, 0.5, 0.99):
        visit(member, minutes=minutes)
    member.refresh_from_db()
    assert member.visited_at == NOON
    visit(member, minutes=1)
    member.refresh_from_db()
    assert member.visited_at == NOON + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_two_pages_opened_at_once_are_one_visit() -> None:
    member = MemberFactory()
    visit(member, minutes=0)
    assert at_once(4, lambda: visit(member, minutes=60)) == [NOON] * 4


def test_the_database_keeps_visits_in_order(member: Member) -> None:
    with pytest.raises(IntegrityError, match="member_visits_in_order"), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(visited_at=NOON, visited_before_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT visited_at FROM sellers_member WHERE id = %s", [member.pk])
        assert cursor.fetchone() == (None,)


def test_movement_tells_what_came_what_was_taken_off_and_what_expired(member: Member) -> None:
    seller, since = member.seller, ago(days=10)
    issue(seller, PolicyFactory(points=4), now=ago(days=185))  # expires between then and now
    kept = issue(seller, PolicyFactory(points=3), now=ago(days=40))
    issue(seller, PolicyFactory(points=5), now=ago(days=4))
    issue(seller, PolicyFactory(points=1), now=ago(days=3))
    void_violation(violation=kept, reason="A mistake.", voided_by=UserFactory(), now=ago(days=2))
    moved = movement(ledger_of(seller), since=since, as_of=timezone.now())
    assert moved == Movement(before=7, now=6, violations=2, in_=6, out=3)
    assert moved.expired == 4
    assert movement_sentences(moved) == (
        "Your total went from 7 to 6. +6 points for 2 new violations. −3 points taken off. −4 points expired."
    )


def test_what_came_and_went_in_between_moves_nothing_in_sum(member: Member) -> None:
    violation = issue(member.seller, PolicyFactory(points=3), now=ago(days=5))
    void_violation(violation=violation, reason="A mistake.", voided_by=UserFactory(), now=ago(days=2))
    moved = movement(ledger_of(member.seller), since=ago(days=10), as_of=timezone.now())
    assert movement_sentences(moved) == "Your total is 0 again. +3 points for 1 new violation. −3 points taken off."


def test_nothing_new_is_said_too(member: Member) -> None:
    issue(member.seller, PolicyFactory(points=3), now=ago(days=15))
    now = timezone.now()
    explanation = explain(seller=member.seller, as_of=now, now=now)
    since = ago(days=1)
    messages = read_news(seller=member.seller, user=member.user, since=since, important=IMPORTANT)
    found = since_last_visit(explanation, messages, at=since)
    assert (found.news.new, found.news.unread, len(found.news.latest)) == (0, 1, 1)
    assert found.movement
    assert movement_sentences(found.movement) == "Your total is still 3 points."


@pytest.mark.django_db
def test_dashboard_marks_what_is_new_and_says_since_when(client: Client) -> None:
    seller: Seller = signed_in_seller(client)
    issue(seller, PolicyFactory(points=3), now=ago(days=3))
    first = client.get(seller.get_absolute_url()).text
    assert "Since your last visit" not in first
    Member.objects.filter(seller=seller).update(visited_at=ago(days=2))
    issue(seller, PolicyFactory(points=2), now=ago(hours=1))
    page = client.get(seller.get_absolute_url()).text
    assert "Since your last visit" in page
    assert "Your total went from 3 to 5. +2 points for 1 new violation. 1 new message." in page


def test_nothing_told_is_said_as_well_as_what_was() -> None:
    said = [new_messages_sentence(count) for count in (0, 1, 1200)]
    assert said == ["You were told nothing new.", "1 new message.", "1,200 new messages."]
