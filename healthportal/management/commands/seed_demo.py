"""Fill an empty database with demo data."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from accounts.commands import PortalCommand
from accounts.models import User
from healthportal.demo import (
    brand,
    cast,
    changes,
    content,
    events,
    helping,
    history,
    incident,
    keeping,
    sampling,
    teaching,
)
from inbox.services import read_messages
from sellers.models import Market, Seller
from violations.models import Violation
from violations.services import ask_seller, deny_appeal, file_appeal


class Command(PortalCommand):
    help = "Fill an empty database with demo data. Does nothing if there is a market already."

    def handle(self, *args: Any, **options: Any) -> None:
        if Market.objects.exists():
            return
        with transaction.atomic():
            self._seed()

    def _seed(self) -> None:
        now = timezone.now()
        names, policies = content.read("names.toml"), self._make_policies(now=now)
        markets = cast.open_markets(now=now)
        brand.give_brand(markets["TH"], now=now)
        sellers = cast.make_sellers(markets, names, now=now)
        people, staff = cast.make_people(names), cast.add_staff(markets)
        cast.let_act(sellers, people)
        for market in self._progress(list(markets.values()), "Markets"):
            trial = teaching.trial_events(market, staff["lead@example.com"], now=now)
            reviewer, own = staff["reviewer@example.com"], self._of(market, sellers)
            history.play(market, own, policies, people, reviewer, now=now, others=trial)
        self._appeal(sellers, people, staff["reviewer@example.com"], now=now)
        self._change_policies(editor=staff["editor@example.com"], lead=staff["lead@example.com"], now=now)
        incident.reverse_incident(markets["TH"], staff["incidents@example.com"], now=now)
        sampling.review_samples(markets["TH"], staff["reviewer-th@example.com"], now=now)
        incident.raise_alarm(markets["US"], people, staff["reviewer@example.com"], now=now)
        teaching.teach(people[3], staff["editor@example.com"], staff["lead@example.com"], now=now)
        cast.add_sign_ins(sellers)
        self._make_workshops(markets, sellers, people, staff["host@example.com"], now=now)
        cast.stop_acting(people)
        cast.add_members(sellers, people)
        helping.help_seller(sellers[cast.LEADS["restricted"][1]], staff["operator@example.com"], now=now)
        _read_old_messages([sellers[name] for _, name in cast.LEADS.values()], now=now)
        keeping.keep_no_longer(markets["US"], now=now)

    def _change_policies(self, *, editor: User, lead: User, now: datetime) -> None:
        for text in self._progress(content.read("changes.toml")["changes"], "Policy changes"):
            changes.change_policy(text, proposed_by=editor, published_by=lead, now=now)

    def _make_policies(self, *, now: datetime) -> dict[str, dict[str, Any]]:
        """The policies as they are written in the demo's files, by their codes."""
        policies = content.read_policies()
        for policy in self._progress(policies, "Policies"):
            content.make_policy(policy, now=now)
        content.make_macros()
        return {policy["code"]: policy for policy in policies}

    def _appeal(self, sellers: dict[str, Seller], people: list[User], reviewer: User, *, now: datetime) -> None:
        """An appeal in each state that somebody may want to look at."""
        restricted, near = sellers[cast.LEADS["restricted"][1]], sellers[cast.LEADS["near"][1]]
        violation = restricted.violations.latest("issued_at")
        file_appeal(violation=violation, text=history.APPEALS[1], filed_by=people[0], now=now - timedelta(hours=20))
        self._forget_one(people[1], now=now)
        self._ask_one(near, people[2], reviewer, now=now)
        self._deny_one(restricted, people[0], reviewer, now=now)

    def _make_workshops(
        self, markets: dict[str, Market], sellers: dict[str, Seller], people: list[User], host: User, *, now: datetime
    ) -> None:
        for text in self._progress(content.read("workshops.toml")["workshops"], "Workshops"):
            market = markets[text["market"]]
            others = [seller for seller in self._of(market, sellers) if seller.name not in history.STORIES]
            events.make_workshop(text, market, others, people, host, now=now)

    def _forget_one(self, person: User, *, now: datetime) -> None:
        """An appeal that should have been decided by now, and that the incident does not settle."""
        standing = Violation.objects.filter(voided_at=None, appeals=None).exclude(seller__name__in=history.STORIES)
        standing = standing.exclude(policy_version__policy__code=incident.POLICY)
        issued = standing.filter(issued_at__gt=now - timedelta(days=29), issued_at__lt=now - timedelta(days=17))
        violation = issued.order_by("issued_at", "id").first()
        if violation is not None:
            filed_at = now - timedelta(days=16)
            file_appeal(violation=violation, text=history.APPEALS[2], filed_by=person, now=filed_at)

    def _ask_one(self, seller: Seller, person: User, reviewer: User, *, now: datetime) -> None:
        """An appeal whose seller is asked for something."""
        appealable = seller.violations.filter(appeals=None, voided_at=None, appeal_until__gt=now)
        violation = appealable.earliest("issued_at")
        filed_at = max(violation.told_at, now - timedelta(hours=30))
        appeal = file_appeal(violation=violation, text=history.APPEALS[2], filed_by=person, now=filed_at)
        things = ["The invoice of your supplier, with its day", "A photo of the label, both sides"]
        note = "The recording shows the claim. Whether it is true can be seen from these."
        ask_seller(appeal=appeal, things=things, note=note, asked_by=reviewer, now=now - timedelta(hours=3))

    def _deny_one(self, seller: Seller, person: User, reviewer: User, *, now: datetime) -> None:
        """An appeal whose seller can still see where to turn next."""
        violation = seller.violations.filter(appeals=None).latest("issued_at")
        appeal = file_appeal(
            violation=violation, text=history.APPEALS[0], filed_by=person, now=now - timedelta(hours=40)
        )
        reason = "The label does not make the claim that was made in the LIVE; it speaks of another ingredient."
        by, decided_at, code = reviewer, now - timedelta(hours=12), "other-product"
        deny_appeal(appeal=appeal, decided_by=by, now=decided_at, reason=reason, reason_code=code)

    def _of(self, market: Market, sellers: dict[str, Seller]) -> list[Seller]:
        return [seller for seller in sellers.values() if seller.market_id == market.pk]

    def _progress(self, items: list[Any], what: str) -> Any:
        return tqdm(items, desc=f"Demo data: {what.lower()}", unit="", leave=False, disable=None)


def _read_old_messages(sellers: list[Seller], *, now: datetime) -> None:
    old = now - timedelta(days=6)
    for seller in sellers:
        for user in seller.users.all():
            read_messages(seller=seller, user=user, posted_until=old, now=old)
