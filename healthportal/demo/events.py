"""The workshops of the demo and who signed up for them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from accounts.models import User
from policies.models import Policy
from sellers.models import Market, Seller
from workshops.models import City, SignupQuestion, Workshop, WorkshopSeries
from workshops.services import (
    cancel_workshop,
    check_in,
    give_feedback,
    publish_workshop,
    sign_up,
    tell_of_own_places,
)

AS_WRITTEN = ("title", "time_zone", "language", "capacity", "summary")
IF_WRITTEN = ("mode", "venue", "address", "join_url", "agenda", "accessibility", "material")
SIGNING_UP = ("places_per_seller", "pass_on_hours", "confirm_hours")
"""What a workshop says as its text has it."""


def make_workshop(
    text: dict[str, Any], market: Market, sellers: list[Seller], people: list[User], host: User, *, now: datetime
) -> Workshop:
    """One workshop, published weeks before, with its sign-ups; cancelled three days ago if its text says so."""
    draft = _draft(text, market, host, now=now)
    opened = min(now, draft.starts_at) - timedelta(days=21)
    workshop = publish_workshop(workshop=draft, now=opened)
    willing = [seller for seller in sellers if seller.signed_up_to_sell and seller.created_at < opened]
    Random(text["code"]).shuffle(willing)  # noqa: S311  # the same demo every time
    for number, seller in enumerate(willing[: text["fill"]]):
        moment = opened + timedelta(hours=5 * number)
        sign_up(workshop=workshop, seller=seller, user=people[seller.pk % len(people)], now=moment)
    tell_of_own_places(clock=lambda: now)
    _arrivals(workshop, host, now=now)
    if reason := text.get("cancelled_reason"):
        workshop = cancel_workshop(workshop=workshop, reason=reason, now=now - timedelta(days=3))
    if workshop.ends_at < now:
        _feedback(workshop, text)
    return workshop


def _arrivals(workshop: Workshop, host: User, *, now: datetime) -> None:
    """Four of five come, the first an hour and a half before the start; nobody yet who would come later than now."""
    for number, signup in enumerate(workshop.signups.placed().order_by("id")):
        arrived = workshop.starts_at + timedelta(minutes=2 * number - 90)
        if number % 5 != 4 and arrived <= now:
            check_in(workshop=workshop, code=signup.check_in_code, checked_in_by=host, now=arrived)


def _feedback(workshop: Workshop, text: dict[str, Any]) -> None:
    """Half of those who came say how it was, some of them in words of the text."""
    chance, said = Random(text["code"]), text.get("feedback", [])  # noqa: S311  # the same demo every time
    for number, signup in enumerate(workshop.signups.came().select_related("seller", "user").order_by("id")):
        if number % 2:
            rating = chance.choices([5, 4, 3, 2], weights=[5, 4, 2, 1])[0]
            words = said[number // 6 % len(said)] if said and number % 3 == 0 else ""
            give_feedback(
                workshop=workshop, seller=signup.seller, user=signup.user, rating=rating, text=words, said={},
                now=workshop.ends_at + timedelta(hours=number),
            )  # fmt: skip


def _draft(text: dict[str, Any], market: Market, host: User, *, now: datetime) -> Workshop:
    starts_at = _local(text, now=now)
    workshop = Workshop.objects.create(
        market=market,
        city=_city(text),
        series=WorkshopSeries.objects.get_or_create(name=text["series"])[0] if "series" in text else None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=text["hours"]),
        description=text["description"].strip(),
        what_to_bring=text["what_to_bring"].strip(),
        **{name: text[name] for name in AS_WRITTEN},
        **{name: text[name].strip() for name in IF_WRITTEN if name in text},
        **{name: text[name] for name in SIGNING_UP if name in text},
    )
    workshop.hosts.add(host)
    for position, question in enumerate(text.get("questions", []), 1):
        SignupQuestion.objects.create(workshop=workshop, position=position, **question)
    workshop.policies.set(Policy.objects.filter(code__in=text.get("policies", [])))
    return workshop


def _city(text: dict[str, Any]) -> City | None:
    """The city that a text names with its country; none for what is online."""
    if "city" not in text:
        return None
    known = {"time_zone": text["time_zone"], "slug": slugify(text["city"])}
    return City.objects.get_or_create(name=text["city"], country=text["country"], defaults=known)[0]


def _local(text: dict[str, Any], *, now: datetime) -> datetime:
    """On a day at a time; or so many minutes from now, so that there is a door to look at."""
    if "minutes_from_now" in text:
        return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0) + timedelta(
            minutes=text["minutes_from_now"]
        )
    zone = ZoneInfo(text["time_zone"])
    day = now.astimezone(zone).date() + timedelta(days=text["days_from_now"])
    return datetime.combine(day, time.fromisoformat(text["starts_at"]), tzinfo=zone)
