"""Time zones: only names of places that Python and Postgres both know, and no list that one bad row takes down."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.formatting import moment_words
from kit.time_zones import known_time_zones, time_zones, validate_time_zone, zone_or_utc
from sellers.models import Market
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.forms import fields_of
from tests.healthportal.test_others_go_on import misplace
from tests.pages import ago
from tests.violations.appealing import appeal_against
from tests.workshops.places import take
from violations.services import ask_seller
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

REFUSED = [
    *["localtime", "Factory", "posixrules", "posix/Europe/London", "right/UTC", "Etc/GMT+12", "Etc/GMT-14", "Etc/UTC"],
    *["GMT", "EST", "EST5EDT", "Singapore", "US/Eastern", "Zulu", "europe/london", "Europe/London ", "Mars/Base", ""],
    *["Europe/Nowhere", "+05:00", "../etc/passwd", "Europe/../UTC", "UTC\n"],
]
GONE = "Europe/Atlantis"
"""A zone that was known when it was stored."""


@pytest.mark.parametrize("name", REFUSED)
def test_name_of_no_place_or_that_one_of_both_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_time_zone(name)
    with pytest.raises(ValidationError):
        MarketFactory.build(time_zone=name).full_clean()
    with pytest.raises(ValidationError):
        WorkshopFactory.build(market=MarketFactory(), time_zone=name).full_clean()


@pytest.mark.parametrize("name", ["UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"])
def test_name_of_a_place_is_taken(name: str) -> None:
    validate_time_zone(name)


def test_every_name_offered_works_in_both() -> None:
    assert len(time_zones()) > 300
    assert set(time_zones()) <= zoneinfo.available_timezones()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(now() AT TIME ZONE name) FROM unnest(%s) AS name", [time_zones()])
        assert cursor.fetchone() == (len(time_zones()),)
    for name in time_zones():
        validate_time_zone(name)


@pytest.mark.parametrize("page", ["admin:sellers_market_add", "admin:workshops_workshop_add"])
def test_forms_offer_the_names_and_keep_what_was_typed(admin_client: Client, page: str) -> None:
    url = reverse(page)
    shown = admin_client.get(url).text
    assert '<option value="Asia/Bangkok">' in shown
    assert "Etc/GMT" not in shown
    answer = admin_client.post(url, {**fields_of(shown), "time_zone": "localtime"})
    assert answer.status_code == 200
    assert "&#x27;localtime&#x27; is no time zone of a place" in answer.text
    assert fields_of(answer.text)["time_zone"] == ["localtime"]


@pytest.mark.parametrize("zone", ["Mars/Base", "localtime"])
def test_form_of_a_workshop_blames_the_zone_and_not_the_times(admin_client: Client, zone: str) -> None:
    url = reverse("admin:workshops_workshop_add")
    times = {"starts_at": "2099-01-05T10:00", "ends_at": "2099-01-05T12:00"}
    answer = admin_client.post(url, {**fields_of(admin_client.get(url).text), **times, "time_zone": zone})
    errors = answer.context["adminform"].form.errors
    assert "time_zone" in errors
    assert not {"starts_at", "ends_at"} & errors.keys()


@pytest.mark.parametrize("zone", ["localtime", "Factory", GONE, "posix/Europe/London", "Etc/GMT+12", "x" * 64])
def test_one_workshop_with_a_bad_zone_takes_no_list_down(client: Client, zone: str) -> None:
    now = timezone.now()
    market = MarketFactory()
    member = MemberFactory(seller__market=market)
    times = {"starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=3, hours=1)}
    good, bad = (WorkshopFactory(market=market, title=title, **times) for title in ("Good one", "Odd one"))
    take(bad, member.seller, now=now)
    Workshop.objects.filter(pk=bad.pk).update(time_zone=zone)
    client.force_login(member.user)
    listing = client.get(reverse("workshops:list"))
    assert (listing.status_code, "Good one" in listing.text, "Odd one" in listing.text) == (200, True, True)
    for url in [member.seller.get_absolute_url(), good.get_absolute_url(), bad.get_absolute_url(), "/"]:
        assert client.get(url, follow=True).status_code == 200, url


def test_one_market_with_a_bad_zone_takes_no_list_of_sellers_down(client: Client) -> None:
    """Its own pages fail, for its zone decides what they say; the page that lists it beside others does not."""
    user = UserFactory()
    good, bad = (MemberFactory(user=user, seller__created_at=LONG_AGO).seller for _ in range(2))
    for seller in (good, bad):
        appeal = appeal_against(issue(seller, PolicyFactory(), now=ago(days=1)), now=ago(hours=2))
        ask_seller(appeal=appeal, things=["It"], asked_by=UserFactory(), now=ago(hours=1))
    misplace(bad.market)
    client.force_login(user)
    page = client.get(reverse("sellers"))
    assert page.status_code == 200
    assert {line.seller for line in page.context["lines"]} == {good, bad}
    assert page.text.count("Send what was asked for by") == 2


@pytest.mark.parametrize("zone", ["localtime", GONE])
def test_staff_find_and_mend_a_workshop_with_a_bad_zone(admin_client: Client, zone: str) -> None:
    bad = WorkshopFactory()
    Workshop.objects.filter(pk=bad.pk).update(time_zone=zone)
    for page in ["changelist", "change"]:
        args = [bad.pk] if page == "change" else []
        assert admin_client.get(reverse(f"admin:workshops_workshop_{page}", args=args)).status_code == 200


def test_unknown_zone_is_shown_in_utc_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    zone_or_utc.cache_clear()
    assert [zone_or_utc(GONE).key, zone_or_utc(GONE).key, zone_or_utc("Asia/Tokyo").key] == ["UTC", "UTC", "Asia/Tokyo"]
    assert [record.getMessage() for record in caplog.records].count(
        f"The time zone {GONE!r} is not known here; times are shown in UTC."
    ) == 1


def test_readiness_and_the_check_name_stored_zones_that_are_unknown(client: Client) -> None:
    market = MarketFactory(code="AT")
    Market.objects.filter(pk=market.pk).update(time_zone=GONE)
    workshops = [WorkshopFactory(market=market) for _ in range(4)]
    Workshop.objects.update(time_zone="Factory/Works")
    assert f"time zones: not known to Python and Postgres: market AT ({GONE}), workshop {workshops[0].pk}" in (
        client.get("/readyz").text
    )
    (error,) = [m for m in run_checks(databases=["default"], include_deployment_checks=True) if "E010" in str(m.id)]
    assert "and 2 more" in error.msg


def test_check_is_content_with_known_zones() -> None:
    WorkshopFactory()
    found = run_checks(databases=["default"], include_deployment_checks=True)
    assert [message for message in found if message.id in {"healthportal.E010", "healthportal.W010"}] == []


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "18 Nov 2026, 07:00 EST"),
        ("Etc/GMT+12", "18 Nov 2026, 00:00 UTC−12"),
        ("Etc/GMT-14", "19 Nov 2026, 02:00 UTC+14"),
        ("UTC", "18 Nov 2026, 12:00 UTC"),
    ],
)
def test_zone_that_was_stored_before_is_said_by_its_distance_from_utc(zone: str, words: str) -> None:
    assert moment_words(NOW, zone=zoneinfo.ZoneInfo(zone)) == words


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", 19), ("America/New_York", 18), (GONE, 18), ("localtime!", 18)]
)
def test_local_day_of_the_database_is_that_of_the_zone_or_of_utc(zone: str, day: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT local_day(%s, %s)", [datetime(2026, 11, 18, 20, tzinfo=UTC), zone])
        assert cursor.fetchone()[0].day == day


def test_both_databases_of_zones_are_asked() -> None:
    assert known_time_zones() <= zoneinfo.available_timezones()
