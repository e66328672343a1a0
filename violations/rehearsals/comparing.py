"""Two sets of rules beside each other, over all sellers of a market: who would be restricted, and who not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import nsmallest
from typing import Any, NamedTuple

from django.db.models import Count

from kit.confidence_intervals import wilson_interval
from sellers.models import Content, Market, Seller

from ..models import Appeal, EnforcementAction, Milestone, Rehearsal, Violation
from ..rules import good_standing_below
from ..selectors.rules_changes import market_rules
from .reading import RehearsalQuestion, read_sellers
from .rules import Replayed, Rulebook, Threshold, imposed_between, replay, restricted_time

MAX_NAMED = 50
"""How many sellers of each kind are named."""

MILESTONE_FIELDS = ("points", "kind", "duration_days", "notice_days")

AGES = ((90, "new"), (365, "first_year"))
SIZES = ((1, "none"), (10, "few"), (100, "some"))
"""Up to before how many days with the portal, and pieces of content that it knows, a seller is what."""


@dataclass(frozen=True)
class ComparedRules:
    """The rules of today and those that are rehearsed, and how far back a violation can matter to either."""

    market: Market
    today: Rulebook
    proposed: Rulebook
    longest: timedelta

    @property
    def least(self) -> int:
        """The total below which neither leads to anything."""
        found = [
            good_standing_below(book.milestones, within=book.approach_points) for book in (self.today, self.proposed)
        ]
        return min((total for total in found if total), default=1)


def compared_rules(rehearsal: Rehearsal, *, as_of: datetime) -> ComparedRules:
    """The two sets of rules (2 queries). What a rehearsal leaves as it is, is as it is today in both."""
    market = market_rules(rehearsal.market, as_of=as_of)
    rows = Milestone.objects.filter(market=market).in_force(as_of=as_of).values(*MILESTONE_FIELDS)
    today = Rulebook(milestones=_thresholds(rows), approach_points=market.approach_points)
    changed = market_rules(rehearsal.market, as_of=as_of)
    for name, value in rehearsal.numbers.items():
        setattr(changed, name, value)
    other_expiry = rehearsal.numbers.keys() & {"points_expiry", "points_valid_days"}
    proposed = Rulebook(
        milestones=today.milestones if rehearsal.milestones is None else _thresholds(rehearsal.milestones),
        approach_points=changed.approach_points,
        points={int(policy): points for policy, points in rehearsal.points.items()},
        expire_at=changed.points_expire_at if other_expiry else None,
    )
    return ComparedRules(market, today, proposed, max(_validity(market), _validity(changed)))


def _thresholds(rows: Any) -> dict[int, Threshold]:
    return {row["points"]: Threshold(row["kind"], row["duration_days"], row["notice_days"]) for row in rows}


def _validity(market: Market) -> timedelta:
    """For how long points can count at most."""
    quarter = market.points_expiry == Market.PointsExpiry.QUARTER
    return timedelta(days=93 if quarter else market.points_valid_days)


class AffectedSeller(NamedTuple):
    """A seller for whom the rules make a difference: for how many days they were restricted under each."""

    seller_id: int
    today: float
    proposed: float


NO_TIME = timedelta(0)


@dataclass
class RehearsalTally:
    """What is counted while sellers go by."""

    replayed: int = 0
    actions: dict[str, Counter[int]] = field(default_factory=lambda: {"today": Counter(), "proposed": Counter()})
    levels: dict[str, Counter[str]] = field(default_factory=lambda: {"today": Counter(), "proposed": Counter()})
    newly: list[AffectedSeller] = field(default_factory=list)
    freed: list[AffectedSeller] = field(default_factory=list)
    longer: int = 0
    shorter: int = 0
    restricted: Counter[str] = field(default_factory=Counter)

    def add(self, seller_id: int, today: Replayed, proposed: Replayed, *, since: datetime, until: datetime) -> None:
        """Count one seller."""
        self.replayed += 1
        taken = {}
        for name, replayed in (("today", today), ("proposed", proposed)):
            imposed = imposed_between(replayed.actions, since=since, until=until)
            self.actions[name].update(action.milestone for action in imposed)
            self.levels[name][replayed.level.value] += 1
            taken[name] = restricted_time(replayed.actions, since=since, until=until) if replayed.actions else NO_TIME
            self.restricted[name] += bool(taken[name])
        self._compare(seller_id, taken["today"], taken["proposed"])

    def _compare(self, seller_id: int, today: timedelta, proposed: timedelta) -> None:
        seen = AffectedSeller(seller_id, *(round(taken / timedelta(days=1), 1) for taken in (today, proposed)))
        if proposed and not today:
            self.newly.append(seen)
        elif today and not proposed:
            self.freed.append(seen)
        else:
            self.longer += proposed > today
            self.shorter += proposed < today


def tally(rules: ComparedRules, *, since: datetime, until: datetime) -> RehearsalTally:
    """Replay every seller who could reach something, by both rules (one pass over the violations)."""
    question = RehearsalQuestion(
        market=rules.market,
        counts_after=since - _longest_action(rules) - rules.longest,
        until=until,
        points=rules.proposed.points,
        least=rules.least,
    )
    found = RehearsalTally()
    for seller_id, breaches in read_sellers(question):
        today, proposed = replay(breaches, rules.today, rules.proposed, until=until)
        found.add(seller_id, today, proposed, since=since, until=until)
    return found


def _longest_action(rules: ComparedRules) -> timedelta:
    """How long before a time an action may have been announced that goes on in it.

    One without an end may be older than what is replayed. It is not seen under either rules.
    """
    thresholds = [*rules.today.milestones.values(), *rules.proposed.milestones.values()]
    return timedelta(days=max([(one.duration_days or 0) + one.notice_days for one in thresholds], default=0))


def answer(rehearsal: Rehearsal) -> dict[str, Any]:
    """The result of a rehearsal, as it is stored: the same whenever it is asked for, for the same ``as_of``."""
    since, until = rehearsal.since, rehearsal.as_of
    rules = compared_rules(rehearsal, as_of=until)
    found = tally(rules, since=since, until=until)
    return {
        "sellers": Seller.objects.filter(market=rules.market, created_at__lt=until).count(),
        "replayed": found.replayed,
        "actions": {name: {str(points): n for points, n in sorted(of.items())} for name, of in found.actions.items()},
        "really": _really_imposed(rules.market, since=since, until=until),
        "levels": {name: dict(sorted(of.items())) for name, of in found.levels.items()},
        "restricted": {name: found.restricted[name] for name in ("today", "proposed")},
        "newly": len(found.newly),
        "freed": len(found.freed),
        "longer": found.longer,
        "shorter": found.shorter,
        "groups": _groups(found, until),
        "appeals": _appeals(rules.market, found, since=since, until=until),
        "names": {"newly": _names(found.newly), "freed": _names(found.freed)},
    }


def _really_imposed(market: Market, *, since: datetime, until: datetime) -> int:
    imposed = EnforcementAction.objects.filter(noticed_at__gte=since, noticed_at__lt=until, replaces=None)
    return imposed.filter(seller__market=market).count()


def _names(found: list[AffectedSeller]) -> list[list[float]]:
    """Some of the sellers, chosen by a hash of their ids: nobody picks them, and they are the same again."""

    def lot(seen: AffectedSeller) -> bytes:
        return sha256(str(seen.seller_id).encode()).digest()

    return [list(seen) for seen in nsmallest(MAX_NAMED, found, key=lot)]


def _groups(found: RehearsalTally, until: datetime) -> dict[str, dict[str, dict[str, int]]]:
    """How many are newly restricted and freed, by their time as sellers and by how much content they have."""
    groups: dict[str, dict[str, Counter[str]]] = {"age": {}, "size": {}}
    for what, seen in (("newly", found.newly), ("freed", found.freed)):
        ids = [one.seller_id for one in seen]
        groups["age"][what], groups["size"][what] = _ages(ids, until), _sizes(ids)
    return {name: {what: dict(counts) for what, counts in of.items()} for name, of in groups.items()}


def _ages(ids: list[int], until: datetime) -> Counter[str]:
    created = Seller.objects.filter(pk__in=ids).values_list("created_at", flat=True)
    return Counter(_bucket((until - at).days, AGES, "older") for at in created)


def _sizes(ids: list[int]) -> Counter[str]:
    rows = Content.objects.filter(seller__in=ids).order_by().values("seller").annotate(pieces=Count("pk"))
    pieces = dict(rows.values_list("seller", "pieces"))
    return Counter(_bucket(pieces.get(pk, 0), SIZES, "many") for pk in ids)


def _bucket(value: int, borders: tuple[tuple[int, str], ...], last: str) -> str:
    return next((name for border, name in borders if value < border), last)


def _appeals(market: Market, found: RehearsalTally, *, since: datetime, until: datetime) -> dict[str, int]:
    """How many appeals more (below zero: fewer) to expect in as long a time, and between which numbers, by 95 %.

    As often as sellers appealed violations that led to an action, beyond how often they appealed others.
    """
    told = Violation.objects.filter(market=market).recorded_between(since, until)
    led = set(told.filter(actions__isnull=False).values_list("pk", flat=True))
    appealed = set(Appeal.objects.filter(violation__in=told).values_list("violation", flat=True))
    counts = {"all": told.count(), "appealed": len(appealed), "led": len(led), "led_appealed": len(led & appealed)}
    usual = len(appealed - led) / max(counts["all"] - len(led), 1)
    more = found.actions["proposed"].total() - found.actions["today"].total()
    low, high = sorted(round(more * (share - usual)) for share in wilson_interval(len(led & appealed), len(led)))
    return {**counts, "more_actions": more, "low": low, "high": high}


def shadow_week(rehearsal: Rehearsal, *, since: datetime, until: datetime) -> dict[str, int]:
    """What a week brought by both rules, and what was really imposed in it: the columns of a ``ShadowWeek``."""
    rules = compared_rules(rehearsal, as_of=until)
    found = tally(rules, since=since, until=until)
    return {
        "imposed": _really_imposed(rules.market, since=since, until=until),
        "today": found.actions["today"].total(),
        "proposed": found.actions["proposed"].total(),
        "newly": len(found.newly),
        "freed": len(found.freed),
    }
