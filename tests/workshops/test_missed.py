"""Who misses workshops again and again waits behind the others, for a while, and is told so before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused, WrongState
from sellers.models import Market, Seller
from tests.factories import NOW, PolicyFactory, UserFactory, WorkshopFactory, issue
from tests.workshops.places import fill, member_seller, take
from workshops.missed_rules import MissedWorkshops, waits_behind_until
from workshops.missed_selectors import missed_by
from workshops.models import Excuse, Signup
from workshops.services import cancel_signup, cancel_workshop, check_in, excuse_signup, sign_up_people

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def miss(seller: Seller, *, days_ago: int = 1, now: datetime = NOW, **fields: Any) -> Signup:
    """A place for which nobody came to a workshop where somebody else was."""
    start = now - days_ago * DAY - timedelta(hours=2)
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=2), **fields)
    signup, other = take(workshop, seller, now=start - DAY), take(workshop, now=start - DAY)
    check_in(workshop=workshop, code=other.check_in_code, now=start)
    return signup


def missed(seller: Seller, *, now: datetime = NOW) -> MissedWorkshops | None:
    return missed_by([seller], as_of=now)[seller.pk]


# --- What counts


@pytest.mark.parametrize(
    ("days_ago", "limit", "count"),
    [([], 2, 0), ([1], 2, 0), ([1, 5], 2, 2), ([1, 5, 9], 2, 3), ([1, 180], 2, 0), ([1, 5], 0, 0), ([3], 1, 1)],
)
def test_who_missed_as_many_as_the_limit_waits_behind(days_ago: list[int], limit: int, count: int) -> None:
    found = waits_behind_until([NOW - days * DAY for days in days_ago], limit=limit, days=180, as_of=NOW)
    assert (found.count if found else 0) == count


@pytest.mark.parametrize(("limit", "oldest"), [(2, 5), (1, 1), (3, 9)])
def test_it_ends_when_fewer_than_the_limit_count(limit: int, oldest: int) -> None:
    ended = [NOW - days * DAY for days in (1, 5, 9)]
    found = waits_behind_until(ended, limit=limit, days=180, as_of=NOW)
    assert found is not None
    assert found.until == NOW + (180 - oldest) * DAY
    assert waits_behind_until(ended, limit=limit, days=180, as_of=found.until) is None
    assert waits_behind_until(ended, limit=limit, days=180, as_of=found.until - timedelta(microseconds=1)) is not None


def test_places_that_nobody_used_count_by_the_numbers_of_the_sellers_market() -> None:
    seller = member_seller()
    miss(seller)
    assert missed(seller) is None
    miss(seller, days_ago=9)
    assert missed(seller) == MissedWorkshops(2, 180, NOW + 171 * DAY)
    Market.objects.filter(pk=seller.market_id).update(missed_workshop_days=5)
    assert missed(Seller.objects.get(pk=seller.pk)) is None


def test_what_was_no_fault_does_not_count() -> None:
    seller = member_seller()
    Market.objects.update(missed_workshop_limit=1)
    seller = Seller.objects.select_related("market").get(pk=seller.pk)
    in_time = take(WorkshopFactory(), seller)
    cancel_signup(signup=in_time, user=in_time.user, now=NOW)
    off = WorkshopFactory()
    take(off, seller)
    cancel_workshop(workshop=off, reason="No.", now=NOW)
    full = WorkshopFactory(capacity=1)
    fill(full, 1)
    take(full, seller)
    nobody_checked_in = take(WorkshopFactory(), seller)
    assert nobody_checked_in.state == "placed"
    assert missed(seller, now=NOW + 30 * DAY) is None


def test_one_of_several_people_who_came_is_enough() -> None:
    seller = member_seller()
    Market.objects.update(missed_workshop_limit=1)
    seller = Seller.objects.select_related("market").get(pk=seller.pk)
    workshop = WorkshopFactory(places_per_seller=3)
    signups = sign_up_people(workshop=workshop, seller=seller, user=seller.users.get(), names=["A", "B", "C"], now=NOW)
    check_in(workshop=workshop, code=take(workshop).check_in_code, now=workshop.starts_at)
    assert missed(seller, now=workshop.ends_at) == MissedWorkshops(1, 180, workshop.ends_at + 180 * DAY)
    check_in(workshop=workshop, code=signups[1].check_in_code, now=workshop.starts_at)
    assert missed(seller, now=workshop.ends_at) is None


@pytest.mark.parametrize("count", [1, 3])
def test_missed_takes_one_query(count: int, django_assert_num_queries: Any) -> None:
    sellers = [member_seller() for _ in range(count)]
    for seller in sellers:
        miss(seller)
    with django_assert_num_queries(1):
        missed_by(sellers, as_of=NOW)
    with django_assert_num_queries(0):
        assert missed_by([], as_of=NOW) == {}


# --- What follows


def test_who_missed_often_waits_behind_the_others_and_gets_a_free_place_at_once() -> None:
    workshop = WorkshopFactory(capacity=1, places_per_seller=2)
    seller = member_seller(market=workshop.market)
    miss(seller)
    miss(seller)
    policy = PolicyFactory(points=2)
    workshop.policies.add(policy)
    issue(seller, policy)  # it would stand before the others
    first = take(workshop)
    late = take(workshop, seller)
    usual = take(workshop)
    assert (late.turn, usual.turn) == (Signup.Turn.LAST, Signup.Turn.USUAL)
    cancel_signup(signup=first, user=first.user, now=NOW)
    usual.refresh_from_db()
    assert usual.state == Signup.State.PLACED
    assert take(WorkshopFactory(), seller).state == Signup.State.PLACED


def signed_in(client: Client, seller: Seller) -> Client:
    client.force_login(seller.users.get())
    return client


def test_pages_say_so_before_and_how_it_ends(client: Client) -> None:
    now, seller = timezone.now(), member_seller(name="Lumen")
    start = now + DAY
    workshop = WorkshopFactory(capacity=1, places_per_seller=2, starts_at=start, ends_at=start + timedelta(hours=2))
    fill(workshop, 1, now=now)
    pages = [workshop.get_absolute_url(), f"/s/{seller.pk}/workshops/{workshop.pk}/sign-up/"]
    said = "Lumen had a place in 2 workshops of the last 180 days and was not there. Until "
    assert not any(said in signed_in(client, seller).get(page).text for page in pages)
    miss(seller, now=now)
    miss(seller, now=now)
    assert all(said in signed_in(client, seller).get(page).text for page in pages)
    signup = take(workshop, seller, now=now)
    assert "you stand behind the others this time" in client.get(signup.get_absolute_url()).text


# --- Excusing


def test_host_excuses_a_missed_place_and_tells_the_seller() -> None:
    seller, host = member_seller(), UserFactory(is_staff=True)
    signup = miss(seller, title="LIVE basics")
    miss(seller)
    assert missed(seller)
    excuse_signup(signup=signup, reason=" Ill. ", now=NOW, excused_by=host)
    assert missed(seller) is None
    assert Excuse.objects.get().reason == "Ill."
    message = Message.objects.get(template="workshop_excused")
    assert (message.seller, message.subject) == (seller, "Excused: LIVE basics")
    assert "**Why:** Ill." in message.body
    assert AuditEntry.objects.get(action="excuse").note == "Ill."


def test_nothing_is_excused_twice_or_without_a_reason_or_that_does_not_count() -> None:
    signup = miss(member_seller())
    with pytest.raises(Refused, match="Say why"):
        excuse_signup(signup=signup, reason=" ", now=NOW, excused_by=None)
    excuse_signup(signup=signup, reason="Ill.", now=NOW, excused_by=None)
    for one in (signup, Signup.objects.came().first(), take(WorkshopFactory())):
        assert one is not None
        with pytest.raises(WrongState):
            excuse_signup(signup=one, reason="Ill.", now=NOW, excused_by=None)


def test_seller_reads_that_it_is_excused(client: Client) -> None:
    seller = member_seller()
    signup = miss(seller, now=timezone.now())
    assert "does not count" not in signed_in(client, seller).get(signup.get_absolute_url()).text
    excuse_signup(signup=signup, reason="Ill.", now=timezone.now(), excused_by=None)
    assert "does not count" in client.get(signup.get_absolute_url()).text


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE workshops_excuse SET reason = ' '", "excuse_says_why"),
        ("UPDATE sellers_market SET missed_workshop_days = 0", "market_missed_workshop_days_positive"),
    ],
)
def test_database_refuses(sql: str, constraint: str) -> None:
    excuse_signup(signup=miss(member_seller()), reason="Ill.", now=NOW, excused_by=None)
    with pytest.raises(DatabaseError) as refused, connection.cursor() as cursor:
        cursor.execute(sql)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]  # psycopg2 is the cause
