from __future__ import annotations

import io
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEntry
from kit.outcomes import Refused
from sellers import wording
from sellers.models import ApiToken
from sellers.rules import TOKEN_LASTS_AT_MOST
from sellers.selectors import find_token, tokens_expiring
from sellers.services import create_api_token, record_token_use, revoke_api_token
from tests.factories import LONG_AGO, NOW, MarketFactory, UserFactory
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def command(*options: str) -> str:
    out = io.StringIO()
    call_command("create_api_token", *options, stdout=out, stderr=io.StringIO())
    return out.getvalue()


# --- Services


def test_secret_is_kept_as_a_hash_only() -> None:
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    assert find_token(secret, as_of=timezone.now()) == token
    assert secret.startswith(token.prefix)
    assert secret not in str(ApiToken.objects.values().get())
    assert len(secret) > len(token.prefix) + 30


def test_revoked_token_is_not_found_and_revoked_once() -> None:
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    revoke_api_token(token=token, now=NOW)
    assert find_token(secret, as_of=timezone.now()) is None
    with pytest.raises(Refused, match="revoked already"):
        revoke_api_token(token=token, now=NOW)


def test_name_is_in_use_once_in_a_market() -> None:
    market = MarketFactory()
    token, _ = create_api_token(market=market, name="feed", created_by=None, now=NOW)
    with pytest.raises(Refused, match="already") as caught:
        create_api_token(market=market, name=" feed ", created_by=None, now=NOW)
    assert caught.value.field == "name"
    create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    revoke_api_token(token=token, now=NOW)
    create_api_token(market=market, name="feed", created_by=None, now=NOW)


def test_token_needs_a_name() -> None:
    with pytest.raises(Refused, match="name"):
        create_api_token(market=MarketFactory(), name=" ", created_by=None, now=NOW)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"secret_hash": "hp_in_the_clear"}, "api_token_secret_is_hashed"),
        ({"name": "feed", "secret_hash": "0" * 64}, "api_token_name_unique_in_market"),
        ({"secret_hash": "0" * 64, "created_at": NOW, "expires_at": NOW}, "api_token_expires_after_it_was_made"),
    ],
)
def test_database_refuses_a_secret_in_the_clear_and_a_second_name(fields: dict[str, str], name: str) -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApiToken.objects.create(**{"market": token.market, "name": "other"} | fields)


def test_token_works_until_the_end_of_its_last_day_and_not_after() -> None:
    day = NOW.date() + timedelta(days=30)
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW, last_day=day)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    assert token.expires_at == end
    assert find_token(secret, as_of=end - timedelta(microseconds=1)) == token
    assert find_token(secret, as_of=end) is None


@pytest.mark.parametrize("days", [-1, 4000, 2_000_000])
def test_last_day_is_to_come_and_within_ten_years(days: int) -> None:
    day = NOW.date() + timedelta(days=days)
    with pytest.raises(Refused, match="within ten years") as caught:
        create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW, last_day=day)
    assert caught.value.field == "last_day"


def test_staff_are_reminded_before_a_token_expires_and_after() -> None:
    market, last_day = MarketFactory(), NOW.date() + timedelta(days=30)
    token, _ = create_api_token(market=market, name="feed", created_by=None, now=NOW, last_day=last_day)
    create_api_token(market=market, name="forever", created_by=None, now=NOW)
    for days, reminded in [(10, False), (20, True), (40, True), (50, False)]:
        assert (token in tokens_expiring(as_of=NOW + timedelta(days=days))) is reminded
    revoke_api_token(token=token, now=NOW + timedelta(days=20))
    assert not tokens_expiring(as_of=NOW + timedelta(days=20)).exists()


def test_call_with_a_token_that_expired_is_refused(client: Client) -> None:
    today = timezone.now().date()
    token, secret = create_api_token(
        market=MarketFactory(), name="feed", created_by=None, now=timezone.now(), last_day=today
    )
    ApiToken.objects.filter(pk=token.pk).update(created_at=LONG_AGO, expires_at=timezone.now() - timedelta(seconds=1))
    response = client.get("/api/v1/sellers/x/capabilities", headers={"Authorization": f"Bearer {secret}"})
    assert response.status_code == 401


# --- The command


def test_command_prints_the_token_and_nothing_else() -> None:
    market = MarketFactory(code="US")
    (secret,) = command("--market", "us", "--name", "feed").splitlines()
    token = find_token(secret, as_of=timezone.now())
    assert token is not None
    assert (token.market, token.name, token.created_by) == (market, "feed", None)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--market", "DE", "--name", "feed"], "There is no market 'DE'. Markets: US."),
        (["--market", "US", "--name", " "], "name"),
        (["--market", "US", "--name", "x" * 61], "60 characters"),
        (["--market", "US", "--name", "feed", "--last-day", "tomorrow"], "'tomorrow' is no day"),
        (["--market", "US", "--name", "feed", "--last-day", "2001-01-01"], "within ten years"),
    ],
)
def test_command_refuses_in_a_sentence(options: list[str], reason: str) -> None:
    MarketFactory(code="US")
    with pytest.raises(CommandError, match=reason):
        command(*options)


# --- The staff pages


def _decoded(cookie: str) -> str:
    """What the cookie of messages says to whoever reads it on its way."""
    request = RequestFactory().get("/")
    request.COOKIES["messages"] = cookie
    return " ".join(str(message) for message in CookieStorage(request))


def test_staff_create_a_token_and_see_it_once(admin_client: Client) -> None:
    market = MarketFactory()
    add = reverse("admin:sellers_apitoken_add")
    assert admin_client.get(add).status_code == 200
    answer = admin_client.post(add, {"market": market.pk, "name": "feed"})
    (secret,) = re.findall(r"hp_[\w-]{40,}", answer.text)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.cookies.keys() & {"messages"} or "hp_" not in _decoded(answer.cookies["messages"].value)
    token = find_token(secret, as_of=timezone.now())
    assert token is not None
    assert token.created_by is not None
    assert secret not in admin_client.get(reverse("admin:sellers_apitoken_change", args=[token.pk])).content.decode()


def test_staff_choose_the_last_day_of_a_token_and_see_what_is_left(admin_client: Client) -> None:
    market, today = MarketFactory(), timezone.now().date()
    add = reverse("admin:sellers_apitoken_add")
    assert f'value="{today + timedelta(days=365):%Y-%m-%d}"' in admin_client.get(add).text
    answer = admin_client.post(add, {"market": market.pk, "name": "feed", "last_day": f"{today + timedelta(days=3)}"})
    assert 'data-copy="secret"' in answer.text
    assert "It works until" in answer.text
    listed = admin_client.get(reverse("admin:sellers_apitoken_changelist")).text
    assert re.search(r"UTC \(in 3\xa0days", listed)
    refused = admin_client.post(add, {"market": market.pk, "name": "other", "last_day": "2001-01-01"})
    assert list(refused.context["form"].errors) == ["last_day"]


def test_second_token_of_a_name_is_refused_in_the_form(admin_client: Client) -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    response = admin_client.post(reverse("admin:sellers_apitoken_add"), {"market": token.market_id, "name": "feed"})
    assert list(response.context["form"].errors) == ["name"]
    assert ApiToken.objects.count() == 1


def test_staff_revoke_tokens(admin_client: Client) -> None:
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=timezone.now())
    sent = {"action": "revoke", "confirmed": "1", "_selected_action": [token.pk]}
    for _ in range(2):
        assert admin_client.post(reverse("admin:sellers_apitoken_changelist"), sent).status_code == 302
    assert find_token(secret, as_of=timezone.now()) is None


@pytest.mark.parametrize(("minutes", "words"), [(None, "never used"), (2, "last used 2\xa0minutes ago")])
def test_revoking_asks_first_and_says_when_a_token_was_last_used(
    admin_client: Client, minutes: int | None, words: str
) -> None:
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=timezone.now())
    if minutes is not None:
        record_token_use(token=token, now=timezone.now() - timedelta(minutes=minutes, seconds=5))
    sent = {"action": "revoke", "_selected_action": [token.pk]}
    asked = admin_client.post(reverse("admin:sellers_apitoken_changelist"), sent)
    assert words in asked.text
    assert find_token(secret, as_of=timezone.now()) is not None


def test_token_is_neither_edited_nor_deleted(admin_client: Client) -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    change = reverse("admin:sellers_apitoken_change", args=[token.pk])
    assert admin_client.get(change).status_code == 200
    assert admin_client.post(change, {"name": "other"}).status_code == 403
    delete = reverse("admin:sellers_apitoken_delete", args=[token.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_staff_without_the_right_neither_create_nor_revoke(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True))
    assert client.get(reverse("admin:sellers_apitoken_add")).status_code == 403
    assert client.get(reverse("admin:sellers_apitoken_changelist")).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_token_list_takes_the_same_queries_for_any_number(
    admin_client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    market = MarketFactory()
    for number in range(rows):
        create_api_token(market=market, name=f"feed {number}", created_by=UserFactory(), now=NOW)
    with django_assert_num_queries(5):
        admin_client.get(reverse("admin:sellers_apitoken_changelist"))


@pytest.mark.parametrize("lookup", ["secret_hash", "secret_hash__startswith", "secret_hash__gt"])
def test_staff_cannot_ask_for_a_tokens_hash(admin_client: Client, lookup: str) -> None:
    create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    assert admin_client.get(reverse("admin:sellers_apitoken_changelist"), {lookup: "a"}).status_code == 400


def test_name_that_cannot_be_kept_is_refused_in_its_field() -> None:
    for name in [" ", "feed\u202e", "x" * 65]:
        with pytest.raises(Refused) as caught:
            create_api_token(market=MarketFactory(), name=name, created_by=None, now=NOW)
        assert caught.value.field == "name"


def test_last_day_is_within_ten_years_to_the_day() -> None:
    last = (NOW + TOKEN_LASTS_AT_MOST).date()
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW, last_day=last)
    assert token.expires_at == datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)
    assert token.created_at == NOW


def test_whoever_is_refused_a_name_in_use_can_go_on_in_their_transaction() -> None:
    market = MarketFactory()
    create_api_token(market=market, name="feed", created_by=None, now=NOW)
    with transaction.atomic():
        with pytest.raises(Refused):
            create_api_token(market=market, name="feed", created_by=None, now=NOW)
        create_api_token(market=market, name="feed-2", created_by=None, now=NOW)
    assert ApiToken.objects.count() == 2


def test_what_is_done_with_tokens_is_in_the_trail() -> None:
    user = UserFactory()
    token, secret = create_api_token(market=MarketFactory(code="US"), name="feed", created_by=user, now=NOW)
    revoked = revoke_api_token(token=token, now=NOW + timedelta(days=1), revoked_by=user)
    assert revoked.revoked_at == NOW + timedelta(days=1)
    added, ended = AuditEntry.objects.filter(kind="sellers.apitoken", object_id=str(token.pk)).order_by("pk")
    assert (added.action, added.note, ended.action, ended.note) == ("add", "Created.", "revoke", "Revoked.")
    assert {"field": "name", "from": None, "to": "feed"} in added.changes
    assert [change["field"] for change in ended.changes] == ["revoked_at"]
    assert secret not in str(added.changes)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_revoke_a_token_at_once_one_does() -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)

    def revoke() -> bool:
        with suppress(Refused):
            return bool(revoke_api_token(token=token, now=NOW))
        return False

    assert sorted(at_once(4, revoke)) == [False, False, False, True]


def test_use_of_a_token_is_noted_once_a_minute() -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    other, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    noted = []
    for seconds in (0, 59, 60, 90):
        token.refresh_from_db()
        record_token_use(token=token, now=NOW + timedelta(seconds=seconds))
        noted.append((ApiToken.objects.get(pk=token.pk).last_used_at - NOW).seconds)
    assert noted == [0, 0, 60, 60]
    other.refresh_from_db()
    assert other.last_used_at is None


def test_use_that_another_call_has_noted_meanwhile_is_not_noted_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token, _ = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    ApiToken.objects.update(last_used_at=NOW)
    record_token_use(token=token, now=NOW + timedelta(seconds=30))  # read before the other call noted it
    token.refresh_from_db()
    assert token.last_used_at == NOW
    with django_assert_num_queries(0):
        record_token_use(token=token, now=NOW + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("fields", "used", "ends"),
    [
        ({"revoked_at": NOW}, "revoked already", "revoked"),
        ({"expires_at": None}, "never used", "it is revoked"),
        ({"expires_at": NOW - timedelta(days=1)}, "never used", "expired"),
        ({"expires_at": NOW + timedelta(days=3)}, "never used", "3"),
        ({"expires_at": NOW + timedelta(days=3000), "last_used_at": LONG_AGO}, "last used", " UTC"),
    ],
)
def test_token_says_when_it_was_used_and_until_when_it_is_good(fields: dict[str, object], used: str, ends: str) -> None:
    token = ApiToken(**fields)
    assert wording.token_last_used(token).startswith(used)
    assert ends in wording.token_ends(token, now=NOW)
