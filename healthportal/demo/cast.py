"""The markets, sellers and people of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from kit.dates import Week
from sellers.models import Market, Member, MemberChange, Seller
from sellers.rules import Role
from sellers.services import add_member, limit_staff
from violations.services import open_market

from .signins import PASSWORD, STAFF_IN_DEMO, WORKS_FOR

WEEKS = 26
"""How many weeks of history there are."""


@dataclass(frozen=True)
class MarketPlan:
    """A market to open: its fields and how many sellers it gets."""

    code: str
    name: str
    time_zone: str
    sellers: int
    rules: tuple[tuple[str, Any], ...] = ()


GB_REDRESS = (
    "redress",
    "You can bring the matter to the Marketplace Disputes Panel, which is independent and free of charge for sellers.",
)

MARKETS = (
    MarketPlan("US", "United States", "America/New_York", 110),
    MarketPlan(
        "GB",
        "United Kingdom",
        "Europe/London",
        100,
        (GB_REDRESS, ("redress_url", "https://disputes.example/"), ("milestone_quiz_share", 50)),
    ),
    MarketPlan(
        "TH",
        "Thailand",
        "Asia/Bangkok",
        95,
        (("language", "th"), ("rewarded_passes_per_month", 1), ("second_review_percent", 100)),
    ),
)

LEADS = {
    "good": ("US", "Rosewood Pantry"),
    "near": ("US", "Lumen & Lather"),
    "restricted": ("GB", "Copperleaf Outdoors"),
}
"""The sellers whose history is written by hand, by the name before the @ of who signs in for them."""

BOTH = (("US", "Both Sides Vintage"), ("TH", "Both Sides Bangkok"))

CITIES = {
    "Rosewood Pantry": "Austin",
    "Lumen & Lather": "Los Angeles",
    "Copperleaf Outdoors": "London",
    "Both Sides Vintage": "New York",
    "Both Sides Bangkok": "Bangkok",
}
"""Where the lead sellers are: in cities that have a workshop."""


def open_markets(*, now: datetime) -> dict[str, Market]:
    """The markets, opened at the start of the local week 26 weeks ago, by code."""
    markets = {}
    for plan in MARKETS:
        zone = ZoneInfo(plan.time_zone)
        opened = Week.of(now - timedelta(weeks=WEEKS), zone=zone).starts_at(zone=zone)
        fields = dict(plan.rules) | {"books_closed_until": opened}
        markets[plan.code] = open_market(code=plan.code, name=plan.name, time_zone=plan.time_zone, **fields)
    return markets


def make_sellers(markets: dict[str, Market], names: dict[str, Any], *, now: datetime) -> dict[str, Seller]:
    """Some 300 sellers by name; one in thirty has not signed up to sell, one in ten joined during the history."""
    random = Random(7)  # noqa: S311  # the same demo every time
    shops, branches, creators = iter(names["shops"]), iter(names["shops"]), iter(names["creators"])
    sellers = []
    for plan in MARKETS:
        leads = [name for code, name in [*LEADS.values(), *BOTH] if code == plan.code]
        for number in range(plan.sellers):
            lead = leads[number] if number < len(leads) else ""
            is_creator = not lead and random.random() < 0.2
            city = random.choice(names["cities"][plan.code])
            name = lead or next(creators if is_creator else shops, None) or f"{next(branches)} {city}"
            joined = WEEKS + 10 if lead or random.random() < 0.9 else random.randrange(1, WEEKS)
            sellers.append(
                Seller(
                    market=markets[plan.code],
                    external_id=f"{plan.code.lower()}-{number + 1:04}",
                    name=name,
                    kind=Seller.Kind.CREATOR if is_creator else Seller.Kind.SHOP,
                    city=CITIES.get(lead, city),
                    signed_up_to_sell=bool(lead) or random.random() < 29 / 30,
                    created_at=now - timedelta(weeks=joined),
                )
            )
    return {seller.name: seller for seller in Seller.objects.bulk_create(sellers)}


def make_people(names: dict[str, Any]) -> list[User]:
    """People who act for the sellers; they cannot sign in."""
    people = [(name, f"{name.lower().replace(' ', '.')}@example.com") for name in names["people"]]
    return [User.objects.create_user(email, None, name=name) for name, email in people]


def let_act(sellers: dict[str, Seller], people: list[User]) -> None:
    """Let everybody act for every seller while history is made. Nobody who is inactive gets its emails."""
    User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=False)
    pairs = ((seller, person) for seller in sellers.values() for person in people)
    Member.objects.bulk_create(Member(seller=seller, user=person, role=Role.MANAGER) for seller, person in pairs)


def stop_acting(people: list[User]) -> None:
    """Take back what ``let_act`` gave."""
    Member.objects.filter(user__in=people).delete()
    User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=True)


def add_members(sellers: dict[str, Seller], people: list[User]) -> None:
    """A person for each seller without one. Members come last, so that history is not sent by email once more.

    It is as if all had been members all along: nobody is told of places that their seller has.
    """
    lonely = [seller for seller in sellers.values() if not seller.members.exists()]
    for seller, person in zip(lonely, cycle(people), strict=False):
        add_member(seller=seller, user=person, now=timezone.now())
    MemberChange.objects.all().delete()


def add_staff(markets: dict[str, Market]) -> dict[str, User]:
    """The people who work for the marketplace, by email, each with a verified address."""
    password = make_password(PASSWORD)
    staff = {}
    for email, role in STAFF_IN_DEMO:
        name = f"{role} {WORKS_FOR[email]}" if email in WORKS_FOR else role
        staff[email] = _person(email, password, name=name, is_staff=True)
        staff[email].groups.add(Group.objects.get(name=role))
    for email, code in WORKS_FOR.items():
        limit_staff(person=staff[email], markets=[markets[code]], limited_by=None, now=timezone.now())
    _person("admin@example.com", password, name="Admin", is_staff=True, is_superuser=True)
    return staff


def add_sign_ins(sellers: dict[str, Seller]) -> None:
    """The people who can sign in for a seller, each with a verified address."""
    password = make_password(PASSWORD)
    for key, (_, name) in LEADS.items():
        add_member(
            seller=sellers[name], user=_person(f"{key}@example.com", password, name="Sam Seller"), now=timezone.now()
        )
    both = _person("both@example.com", password, name="Noi Both")
    for _, name in BOTH:
        add_member(seller=sellers[name], user=both, now=timezone.now())


def _person(email: str, password: str, **fields: Any) -> User:
    user = User.objects.create(email=email, password=password, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
