"""Two sides of a portal, each with records of everything that belongs to a market, and people who work for the first.

Each record has markets, sellers and people of its own, so a side is many markets: those of the first are all that
somebody works for, and nothing of the second may be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from audit.services import record
from healthportal.exports.services import ask_for_export
from inbox.events.models import WebhookDelivery
from inbox.models import Digest, Message
from policies.models import Policy
from quizzes.models import QuizReminder
from sellers.models import Content, Market, Member, Seller, StaffMarket
from sellers.services import begin_viewing, invite_member, note_on_seller
from tests.factories import (
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago
from tests.workshops.doors import helper, scan_of, send
from violations.models import Appeal, Upload, Violation
from workshops.models import Workshop, WorkshopReminder

from . import test_trail_is_complete as trail

NOBODY = 999_999_999
"""An id that no record has."""
WORDS = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Side:
    """The records of a side by model, and the words that only its pages say: names, ids and addresses."""

    records: dict[type[Model], list[Any]]
    marks: frozenset[str]
    markets: frozenset[int]

    def of(self, model: type[Model]) -> list[Any]:
        return self.records.get(model, [])

    @cached_property
    def words(self) -> dict[str, frozenset[str]]:
        """Of each mark the words that it is made of."""
        return {mark: frozenset(WORDS.findall(mark)) for mark in self.marks}

    def said_in(self, text: str) -> list[str]:
        """The marks that a text says, each as words of their own; of marks within others the longer.

        Only those whose words the text has are looked for: a pattern of all of them takes longer than a page.
        """
        there = set(WORDS.findall(text))
        longest_first = sorted((mark for mark, words in self.words.items() if words <= there), key=len, reverse=True)
        if not longest_first:
            return []
        marks = "|".join(map(re.escape, longest_first))
        return sorted(set(re.findall(rf"(?<![\w-])(?:{marks})(?![\w-])", text)))


@dataclass(frozen=True)
class Sides:
    own: Side
    other: Side


def make_sides() -> Sides:
    """Both sides, the own one first."""
    own, other = _side(6_000_000), _side(7_000_000)
    shared = own.marks & other.marks
    return Sides(
        Side(own.records, own.marks - shared, own.markets), Side(other.records, other.marks - shared, other.markets)
    )


def make_side() -> Side:
    """One side alone, for who wants records of every kind."""
    return _side(6_000_000)


def _side(first: int) -> Side:
    for factory in (MarketFactory, SellerFactory):
        factory.reset_sequence(first, force=True)
    before = _all()
    for number, make in enumerate(MAKERS):
        make()
        Policy.objects.filter(code="claims").update(code=f"claims-{first + number}")
    _trail_of_all()
    new = {model: _mine(model, keys, before[model]) for model, keys in _all().items()}
    return Side(new, frozenset(_marks(new)), frozenset(market.pk for market in new[Market]))


def _all() -> dict[type[Model], set[Any]]:
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in apps.get_models()}


def _mine(model: Any, keys: set[Any], before: set[Any]) -> list[Any]:
    return list(model._default_manager.filter(pk__in=list(keys - before)).order_by("pk"))


def _marks(new: dict[type[Model], list[Any]]) -> Iterable[str]:
    for market in new[Market]:
        yield from (market.code, market.name)
    for seller in new[Seller]:
        yield from (seller.name, seller.external_id)
    for member in new[Member]:
        yield from (member.user.email, member.user.name)
    yield from (violation.external_id for violation in new[Violation])
    yield from (content.external_id for content in new[Content])
    yield from (workshop.title for workshop in new[Workshop])
    yield from (str(appeal) for appeal in new[Appeal])
    yield from (upload.name for upload in new[Upload])


# --- What is made


def _reports() -> None:
    """A run that is published, with a report."""
    seller = issue(MemberFactory(seller__created_at=ago(days=400)).seller, PolicyFactory()).seller
    trail.reports.start_run(market=seller.market, now=timezone.now())


def _attempt() -> None:
    remark = trail.a_remark()
    seller = remark.asked.attempt.seller
    message = Message.objects.filter(seller=seller).earliest("pk")
    reminder = {"closes_at": timezone.now(), "days": 7, "message": message}
    QuizReminder.objects.create(seller=seller, **reminder)


def _workshop() -> None:
    signup = trail.at_the_door()
    Workshop.objects.filter(pk=signup.workshop_id).update(title=f"Workshop of {signup.seller.name}")
    send(signup.workshop, scan_of(signup, at=timezone.now()), by=helper(signup.workshop), now=timezone.now())
    issue(signup.seller, PolicyFactory())
    message = Message.objects.filter(seller=signup.seller).earliest("pk")
    fields = {"occasion": WorkshopReminder.On.values[0], "starts_at": signup.workshop.starts_at, "message": message}
    WorkshopReminder.objects.create(workshop=signup.workshop, seller=signup.seller, **fields)


def _held() -> None:
    alarm = trail.an_alarm(holds=True)
    seller = SellerFactory(market=alarm.market)
    sent = trail.violation_draft(seller, PolicyFactory(), detection="automated", issued_at=ago(hours=3))
    trail.issue_violations(market=alarm.market, drafts=[sent], source="API token feed", now=timezone.now())


def _webhook() -> None:
    endpoint = trail.webhook()
    WebhookDelivery.objects.create(endpoint=endpoint, made_at=timezone.now(), due_at=timezone.now())


def _people() -> None:
    """What is kept of members: addresses, second factors, what they asked for."""
    member = MemberFactory()
    user, now = member.user, timezone.now()
    ask_for_export(seller=member.seller, asked_by=user, now=now)
    invite_member(seller=member.seller, email=f"to-{user.email}", role="viewer", invited_by=user, now=now)
    trail.EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    trail.Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DP"})
    trail.ErasureRequest.objects.create(user=MemberFactory().user, asked_at=now)
    trail.note_returned(returned=[trail.Returned(user.email, trail.Kind.HARD)], now=now)
    week = {"starts_at": now - timedelta(days=7), "ends_at": now}
    Digest.objects.create(user=user, state="pending", due_at=now, lane=0, **week)
    trail.Retention.objects.create(kind="messages", days=180, market=member.seller.market)


def _support() -> None:
    """A note about a seller, somebody who views as it, and a file of people to invite."""
    seller, by, now = SellerFactory(), UserFactory(is_staff=True), timezone.now()
    note_on_seller(seller=seller, text="Called twice.", written_by=by, now=now)
    begin_viewing(seller=seller, reason="Ticket 7", now=now, begun_by=by)
    trail.members_to_invite()


def _renamed_workshop(make: Callable[..., Any]) -> Callable[[], None]:
    def named() -> None:
        made = make()
        Workshop.objects.filter(pk=made.pk).update(title=f"Workshop in {made.market}")

    return named


MAKERS: list[Callable[[], Any]] = [
    trail.standing, lambda: trail.filed(with_file=True), trail.asked, trail.drawn, trail.restriction,
    trail.drafted_rules, trail.in_shadow, trail.running_trial, trail.an_alarm, trail.token,
    trail.given_up, trail.failed_chunk, trail.checked_upload, trail.drafted, trail.started, trail.stopped,
    trail.waiting_points, trail.waiting_regrade, trail.missed_place, _renamed_workshop(trail.past_workshop),
    _renamed_workshop(lambda: trail.workshop(published_at=None)), _reports, _attempt, _workshop, _held, _webhook,
    _people, _support, QuizFactory, WorkshopFactory, lambda: trail.brand(MarketFactory(), name="Glow"),
    trail.gone_alone, trail.waiting_controls, lambda: trail.appeal_reason(MarketFactory()),
]  # fmt: skip


def _trail_of_all() -> None:
    """An entry about a record of each model."""
    by, now = UserFactory(is_staff=True), timezone.now()
    for model in admin.site._registry:
        last = model._default_manager.order_by("-pk").first()
        if last is not None and model._meta.label != "audit.AuditEntry":
            record(by=by, action="note", about=last, note=f"About {last}.", now=now)


# --- People


def limited(sides: Sides, *, role: str = "") -> User:
    """Somebody who works for the own side alone: in a role, or with every right that there is."""
    user: User = UserFactory(is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    else:
        user.user_permissions.set(Permission.objects.all())
    StaffMarket.objects.bulk_create(StaffMarket(user=user, market_id=market) for market in sides.own.markets)
    return user
