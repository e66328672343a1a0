"""A form of the admin that was filled in from what is not stored any more undoes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from policies.models import Policy
from policies.services import publish_version
from sellers.models import Seller
from tests.factories import (
    ArticleVersionSectionFactory,
    MarketFactory,
    PolicyFactory,
    PolicyVersionFactory,
    SellerFactory,
    UserFactory,
    city_called,
)
from tests.forms import fields_of
from tests.healthportal.test_trail_is_complete import CHANGES, draft, labels, url, workshop
from tests.locks import background, wait_until_somebody_waits_for_a_lock
from workshops.models import City, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

Sent = dict[str, Any]


def person(name: str) -> tuple[Client, User]:
    user = UserFactory(email=f"{name}@example.com", name=name.title(), is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client, user


@pytest.fixture
def ana() -> Client:
    return person("ana")[0]


@pytest.fixture
def bob() -> Client:
    return person("bob")[0]


def opened(client: Client, page: str) -> Sent:
    return fields_of(client.get(page).text)


@pytest.mark.parametrize("label", CHANGES)
def test_every_form_carries_what_it_shows_and_is_refused_once_that_changed(
    ana: Client, bob: Client, label: str
) -> None:
    make, changes = CHANGES[label]
    record = make()
    page = url(label, "change", record.pk)
    older = opened(bob, page)
    assert older["shown_version"]
    assert ana.post(page, {**opened(ana, page), **changes}).status_code == 302

    response = bob.post(page, older)
    assert response.status_code == 200
    assert "Nothing was saved: this was changed since you opened it." in response.text
    assert "Ana (ana@example.com)" in response.text
    record.refresh_from_db()
    ((field, value),) = changes.items()
    assert getattr(record, field) == value

    assert bob.post(page, fields_of(response.text)).status_code == 302
    record.refresh_from_db()
    assert getattr(record, field) != value


def test_every_admin_that_changes_something_is_in_these_tests() -> None:
    assert set(CHANGES) == labels(lambda one, request: one.has_change_permission(request))
    assert all(hasattr(one, "lock_for_save") for one in admin.site._registry.values())


def test_form_that_nobody_else_touched_is_saved(ana: Client) -> None:
    record = workshop()
    page = url("workshops.workshop", "change", record.pk)
    assert ana.post(page, {**opened(ana, page), "title": "Mine"}).status_code == 302
    record.refresh_from_db()
    assert record.title == "Mine"


def test_stale_workshop_is_not_moved_back_and_keeps_what_was_typed(ana: Client, bob: Client) -> None:
    record = workshop(city="Leeds")
    page = url("workshops.workshop", "change", record.pk)
    older = opened(bob, page)
    ana.post(page, {**opened(ana, page), "city": city_called("York").pk, "venue": "New hall"})
    response = bob.post(page, {**older, "title": "A typo less"})
    errors = response.context["adminform"].form.errors
    assert errors["city"] == [
        f"Changed since you opened this. It is now: York, United States ({city_called('York').pk})"
    ]
    assert errors["venue"] == ["Changed since you opened this. It is now: New hall"]
    assert errors["__all__"][0].startswith("Nothing was saved")
    assert "Move" in errors["__all__"][1]
    assert 'value="A typo less"' in response.text
    record.refresh_from_db()
    assert (record.city.name, record.venue, record.title) == ("York", "New hall", Workshop.objects.get().title)
    assert not AuditEntry.objects.filter(person__name="Bob").exists()


def test_stale_market_keeps_the_other_persons_days_and_milestones(ana: Client, bob: Client) -> None:
    market = MarketFactory()
    page = url("sellers.market", "change", market.pk)
    older = opened(bob, page)
    ana.post(page, {**opened(ana, page), "appeal_days": "180", "milestones-0-points": "11"})
    response = bob.post(page, {**older, "name": "Renamed"})
    said = str(response.context["adminform"].form.errors)
    assert "It is now: 180" in said
    assert "points is now: 11" in said
    market.refresh_from_db()
    assert market.appeal_days == 180
    assert market.milestones.filter(points=11).exists()


def test_stale_article_names_the_section_that_changed(ana: Client, bob: Client) -> None:
    section = ArticleVersionSectionFactory()
    page = url("policies.articleversion", "change", section.version_id)
    older = opened(bob, page)
    ana.post(page, {**opened(ana, page), "sections-0-title": "Hers"})
    response = bob.post(page, {**older, "sections-0-title": "His"})
    assert "title is now: Hers" in str(response.context["adminform"].form.errors)
    assert 'value="His"' in response.text
    section.refresh_from_db()
    assert section.title == "Hers"


@pytest.mark.parametrize("way", ["added", "deleted"])
def test_row_that_somebody_added_or_deleted_is_a_change_too(ana: Client, bob: Client, way: str) -> None:
    draft = ArticleVersionSectionFactory().version
    page = url("policies.articleversion", "change", draft.pk)
    older = opened(bob, page)
    if way == "added":
        ArticleVersionSectionFactory(version=draft, position=2)
    else:
        draft.sections.all().delete()
    response = bob.post(page, {**older, "title": "Renamed"})
    said = response.context["adminform"].form.errors["__all__"]
    assert [sentence for sentence in said if sentence.endswith(f"was {way}.")]
    assert "It was changed by a system or a worker, not by a person." in said


def test_change_that_no_person_made_is_named_too(bob: Client) -> None:
    seller = SellerFactory(name="Old")
    page = url("sellers.seller", "change", seller.pk)
    older = opened(bob, page)
    Seller.objects.filter(pk=seller.pk).update(name="From the feed")
    response = bob.post(page, {**older, "city": "York"})
    assert "Changed since you opened this. It is now: From the feed" in response.text
    assert Seller.objects.get().city != "York"


def publish(version: Any) -> None:
    moment = timezone.now() + timedelta(days=60)
    publish_version(version=version, effective_from=moment, published_by=None, now=timezone.now())


@pytest.mark.parametrize(
    ("make", "then", "why"),
    [(draft, publish, "can no longer be changed"), (draft, lambda version: version.delete(), "is gone")],
)
def test_text_typed_into_what_is_read_only_or_gone_is_shown_to_copy(
    bob: Client, make: Callable[[], Any], then: Callable[[Any], None], why: str
) -> None:
    record = make()
    page = url(record._meta.label_lower, "change", record.pk)
    older = opened(bob, page)
    then(record)
    response = bob.post(page, {**older, "wording": "An hour of work."})
    assert response.status_code == 409
    assert why in response.text
    assert "An hour of work." in response.text


@pytest.mark.parametrize(
    "sent", ["[]{", "", "\0", "[Infinity, {}]", f"[{'9' * 5_000}, {{}}]", "[" * 100_000, "[1, [3]]"]
)
def test_version_that_nobody_can_read_has_shown_nothing(bob: Client, sent: str) -> None:
    policy = PolicyFactory()
    page = url("policies.policy", "change", policy.pk)
    response = bob.post(page, {**opened(bob, page), "shown_version": sent, "name": "Renamed"})
    assert "Nothing was saved" in response.text


@pytest.mark.django_db(transaction=True)
def test_two_that_save_at_once_take_turns_and_the_second_is_refused() -> None:
    (ana, _), (bob, _) = person("ana"), person("bob")
    policy = PolicyFactory()
    page = reverse("admin:policies_policy_change", args=[policy.pk])
    forms = [{**opened(one, page), "name": f"Name {number}"} for number, one in enumerate([ana, bob])]
    results = []

    def save(client: Client, form: Sent) -> None:
        results.append(client.post(page, form).status_code)
        connection.close()

    threads = [threading.Thread(target=save, args=one) for one in zip([ana, bob], forms, strict=True)]
    with transaction.atomic():
        type(policy).objects.select_for_update(no_key=True).get(pk=policy.pk)
        for thread in threads:
            thread.start()
        wait_until_somebody_waits_for_a_lock()
    for thread in threads:
        thread.join()
    assert sorted(results) == [200, 302]


CITY = {"name": "York", "country": "GB", "time_zone": "Europe/London", "slug": "york"}
VERSION = {
    "requirement": "Say only what you can prove.",
    "breach": "The claim could not be proved.",
    "wording": "Say only what the label proves.",
    "severity": "moderate",
    "points": "3",
    "change_summary": "Labels count as proof.",
}


def draft_beside(policy: Policy) -> None:
    Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    PolicyVersionFactory(policy=policy, number=2, published_at=None, effective_from=None)


@pytest.mark.django_db(transaction=True)
def test_who_adds_what_somebody_adds_at_that_moment_is_told_and_keeps_what_they_typed() -> None:
    bob, _ = person("bob")
    policy = PolicyFactory()
    for label, sent, quicker, said in [
        ("workshops.city", CITY, lambda: City.objects.create(**CITY), "” is there already."),
        (
            "policies.policyversion",
            {"policy": policy.pk, **VERSION},
            lambda: draft_beside(policy),
            "has a draft already",
        ),
    ]:
        with background() as start:
            with transaction.atomic():
                quicker()
                answer = start(lambda label=label, sent=sent: bob.post(url(label, "add"), sent))
                wait_until_somebody_waits_for_a_lock()
            response = answer.result()
        assert (response.status_code, said in response.text) == (200, True), label
        assert all(str(value) in response.text for value in sent.values()), label


def test_rows_that_may_not_be_equal_are_refused_at_the_field(ana: Client) -> None:
    market = MarketFactory()
    page = url("sellers.market", "change", market.pk)
    sent = opened(ana, page)
    response: Any = ana.post(page, {**sent, "milestones-1-points": sent["milestones-0-points"]})
    assert response.status_code == 200
    (milestones,) = response.context["inline_admin_formsets"]
    assert milestones.formset.errors[1] == {"points": ["Another row has the same."]}


def test_rows_that_may_not_be_equal_are_refused_at_the_field_whatever_they_are(ana: Client) -> None:
    """Also where Django would say it of the whole row: a section's place in its article, a member of a seller."""
    first = ArticleVersionSectionFactory(position=1)
    ArticleVersionSectionFactory(version=first.version, position=2)
    sent = opened(ana, page := url("policies.articleversion", "change", first.version_id))
    response: Any = ana.post(page, {**sent, "sections-1-slug": sent["sections-0-slug"]})
    (sections,) = response.context["inline_admin_formsets"]
    assert sections.formset.errors[:2] == [{}, {"slug": ["Another row has the same."]}]
    assert not sections.formset.non_form_errors()

    seller, person = SellerFactory(), UserFactory()
    rows = {"members-TOTAL_FORMS": "2", "members-INITIAL_FORMS": "0"}
    rows |= {
        f"members-{number}-{name}": value
        for number in (0, 1)
        for name, value in (("user", str(person.pk)), ("role", "owner"))
    }
    response = ana.post(
        url("sellers.seller", "change", seller.pk), {**opened(ana, url("sellers.seller", "change", seller.pk)), **rows}
    )
    (members, *_others) = response.context["inline_admin_formsets"]
    assert members.formset.errors[:2] == [{}, {"user": ["Another row has the same."]}]


def test_rows_that_exchange_what_may_be_there_once_say_how_it_is_done(ana: Client) -> None:
    market = MarketFactory()
    page = url("sellers.market", "change", market.pk)
    sent = opened(ana, page)
    first, second = sent["milestones-0-points"], sent["milestones-1-points"]
    response = ana.post(page, {**sent, "milestones-0-points": second, "milestones-1-points": first})
    assert response.status_code == 200
    assert "Rows that exchange a value need two steps" in response.text
    shown = fields_of(response.text)
    assert (shown["milestones-0-points"], shown["milestones-1-points"]) == (second, first)
