"""How reviewers share the queue of appeals: claims that end, the next one, assignments, and notes for each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from kit.outcomes import Refused
from sellers.models import Market, StaffMarket
from tests.factories import (
    LONG_AGO,
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)
from tests.locks import background
from tests.threads import at_once
from tests.violations.appealing import DENIAL, appeal_against
from violations.models import CLAIM_LASTS, Appeal, AppealClaim, AppealNote
from violations.services import (
    assign_appeal,
    deny_appeal,
    note_on_appeal,
    release_appeal,
    running_claim,
    take_appeal,
    take_next,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]
SECOND = timedelta(seconds=1)


@pytest.fixture
def market() -> Market:
    return MarketFactory(books_closed_until=LONG_AGO)


@pytest.fixture
def first(market: Market) -> Appeal:
    return filed(market)


def filed(market: Market, *, now: datetime = NOW) -> Appeal:
    return appeal_against(issue(SellerFactory(market=market), PolicyFactory(), now=now), now=now)


def reviewer(name: str = "") -> User:
    return person_in("Reviewer", name=name)


def lead() -> User:
    return person_in("Review lead")


def page(appeal: Appeal, name: str = "change") -> str:
    return reverse(f"admin:violations_appeal_{name}", args=[appeal.pk])


def holder(appeal: Appeal, *, now: datetime = NOW) -> User | None:
    claim = running_claim(appeal, now=now)
    return claim.person if claim else None


def test_who_takes_an_appeal_has_it_for_half_an_hour(first: Appeal) -> None:
    kim = reviewer()
    take_appeal(appeal=first, person=kim, now=NOW)
    assert holder(first, now=NOW + CLAIM_LASTS - SECOND) == kim
    assert holder(first, now=NOW + CLAIM_LASTS) is None


def test_taking_again_begins_the_half_hour_anew(first: Appeal) -> None:
    kim = reviewer()
    take_appeal(appeal=first, person=kim, now=NOW)
    take_appeal(appeal=first, person=kim, now=NOW + CLAIM_LASTS / 2)
    assert holder(first, now=NOW + CLAIM_LASTS) == kim


def test_others_are_told_who_has_it_and_can_take_it_over(first: Appeal) -> None:
    kim, lee = reviewer("Kim"), reviewer()
    take_appeal(appeal=first, person=kim, now=NOW)
    with pytest.raises(Refused, match=r"Kim has this appeal until .* UTC\. Take it over"):
        take_appeal(appeal=first, person=lee, now=NOW)
    take_appeal(appeal=first, person=lee, now=NOW, take_over=True)
    assert holder(first) == lee


def test_nobody_takes_what_they_cannot_decide(first: Appeal) -> None:
    with pytest.raises(Refused, match="You filed this appeal"):
        take_appeal(appeal=first, person=first.filed_by, now=NOW)
    deny_appeal(appeal=first, reason=DENIAL, decided_by=reviewer(), now=NOW)
    with pytest.raises(Refused, match="denied"):
        take_appeal(appeal=first, person=reviewer(), now=NOW)


def test_next_is_the_one_to_be_decided_first_that_nobody_has(market: Market) -> None:
    later, sooner = filed(market, now=NOW + timedelta(days=1)), filed(market)
    kim, lee = reviewer(), reviewer()
    now = NOW + timedelta(days=1)
    assert take_next(person=kim, now=now) == sooner
    assert take_next(person=kim, now=now) == sooner  # what one has comes first
    assert take_next(person=lee, now=now) == later
    assert take_next(person=reviewer(), now=now) is None
    assert take_next(person=reviewer(), now=now + CLAIM_LASTS) == sooner


def test_next_is_none_of_ones_own_seller(first: Appeal) -> None:
    kim = reviewer()
    MemberFactory(seller=first.seller, user=kim)
    assert take_next(person=kim, now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_twelve_reviewers_at_once_get_twelve_appeals(market: Market) -> None:
    """Also one that somebody took between looking for it and locking it is not taken again."""
    for _ in range(15):
        filed(market)
    waiting = iter([UserFactory(is_staff=True) for _ in range(12)])
    found = at_once(12, lambda: take_next(person=next(waiting), now=NOW))
    assert len({appeal.pk for appeal in found if appeal}) == 12
    assert AppealClaim.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_one_that_somebody_took_after_it_was_looked_for_is_left_to_them(market: Market) -> None:
    sooner, later = filed(market), filed(market, now=NOW + SECOND)
    kim, lee = reviewer(), reviewer()
    now = NOW + SECOND

    def lee_is_quicker(execute: Any, sql: str, *asked: Any) -> Any:
        """Between the statement that finds and locks the appeal and the one that asks who has it."""
        found = execute(sql, *asked)
        if "SKIP LOCKED" in sql and not AppealClaim.objects.exists():
            with background() as start:
                claim = {"appeal": sooner, "person": lee, "claimed_at": now, "until": now + CLAIM_LASTS}
                start(lambda: AppealClaim.objects.create(**claim)).result()
        return found

    with connection.execute_wrapper(lee_is_quicker):
        assert take_next(person=kim, now=now) == later
    assert (holder(sooner, now=now), holder(later, now=now)) == (lee, kim)


def test_deciding_ends_the_claim_and_giving_back_frees_it(market: Market, first: Appeal) -> None:
    kim = reviewer()
    take_appeal(appeal=first, person=kim, now=NOW)
    release_appeal(appeal=first, person=kim, now=NOW)
    assert holder(first) is None
    with pytest.raises(Refused, match="You do not have this appeal"):
        release_appeal(appeal=first, person=kim, now=NOW)
    take_appeal(appeal=first, person=kim, now=NOW)
    deny_appeal(appeal=first, reason=DENIAL, decided_by=reviewer(), now=NOW)
    assert not AppealClaim.objects.exists()


def test_assigned_appeal_stays_with_its_reviewer_until_it_is_decided(first: Appeal) -> None:
    kim = reviewer("Kim")
    assign_appeal(appeal=first, to=kim, by=lead(), now=NOW)
    assert holder(first, now=NOW + 100 * CLAIM_LASTS) == kim
    take_appeal(appeal=first, person=kim, now=NOW)
    assert holder(first, now=NOW + 100 * CLAIM_LASTS) == kim
    with pytest.raises(Refused, match="This appeal is assigned to Kim"):
        take_appeal(appeal=first, person=reviewer(), now=NOW)


def test_appeal_is_not_assigned_to_somebody_who_cannot_decide(first: Appeal) -> None:
    own = reviewer("Ann")
    MemberFactory(seller=first.seller, user=own)
    with pytest.raises(Refused, match="Ann cannot decide on this appeal") as refused:
        assign_appeal(appeal=first, to=own, by=lead(), now=NOW)
    assert refused.value.field == "to"
    with pytest.raises(Refused, match="may not decide on appeals"):
        assign_appeal(appeal=first, to=lead(), by=lead(), now=NOW)


def test_only_who_can_decide_is_offered_by_name_and_address(client: Client, first: Appeal) -> None:
    kim, other, member, elsewhere = (reviewer("Kim") for _ in range(4))
    MemberFactory(seller=first.seller, user=member)
    StaffMarket.objects.create(user=elsewhere, market=MarketFactory())
    StaffMarket.objects.create(user=other, market=first.violation.market)
    client.force_login(lead())
    form = client.get(page(first, "assign")).context["form"]
    offered = [str(label) for pk, label in form.fields["to"].choices if pk]
    assert offered == sorted([kim.label, other.label])


def test_note_is_kept_as_written_and_left_in_the_trail(first: Appeal) -> None:
    kim = reviewer()
    for _sent in range(2):
        note_on_appeal(appeal=first, text=" The tape is with the legal team. ", by=kim, now=NOW)
    assert [note.text for note in first.notes.all()] == ["The tape is with the legal team."]
    assert AuditEntry.objects.filter(action="note", person=kim).count() == 1
    with pytest.raises(Refused, match="Write a note"):
        note_on_appeal(appeal=first, text=" ", by=kim, now=NOW)


@pytest.mark.parametrize("sql", ["UPDATE violations_appealnote SET text = 'x'", "DELETE FROM violations_appealnote"])
def test_database_refuses_to_rewrite_a_note(first: Appeal, sql: str) -> None:
    AppealNote.objects.create(appeal=first, text="Hm.", written_by=reviewer(), written_at=NOW)
    with pytest.raises(IntegrityError, match="Notes stay as they were written"), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("text", ["", " \u200b"])
def test_database_refuses_a_note_that_says_nothing(first: Appeal, text: str) -> None:
    with pytest.raises(IntegrityError, match="appeal_note_says_something"):
        AppealNote.objects.create(appeal=first, text=text, written_by=reviewer(), written_at=NOW)


@pytest.mark.parametrize("until", [None, NOW])
def test_database_refuses_a_claim_that_never_ends(first: Appeal, until: datetime | None) -> None:
    with pytest.raises(IntegrityError, match="appeal_claim_ends_unless_assigned"):
        AppealClaim.objects.create(appeal=first, person=reviewer(), claimed_at=NOW, until=until)


# --- Pages


def test_next_page_takes_and_opens_it(client: Client, first: Appeal) -> None:
    kim = reviewer()
    client.force_login(kim)
    answer = client.post(reverse("admin:violations_appeal_next"))
    assert answer.headers["Location"] == page(first)
    shown = client.get(page(first)).content.decode()
    assert "You have it until" in shown
    assert "Release it" in shown
    client.post(page(first, "release"))
    assert "Nobody has it." in client.get(page(first)).content.decode()
    assert client.get(reverse("admin:violations_appeal_next")).status_code == 405


def test_next_page_says_that_nothing_waits(client: Client) -> None:
    client.force_login(reviewer())
    answer = client.post(reverse("admin:violations_appeal_next"), follow=True)
    assert "No appeal waits that you can decide" in answer.content.decode()


def test_page_of_what_somebody_has_says_so_and_offers_to_take_it_over(client: Client, first: Appeal) -> None:
    take_appeal(appeal=first, person=reviewer("Kim"), now=timezone.now())
    client.force_login(reviewer())
    assert "Kim has it until" in client.get(page(first)).content.decode()
    assert "Kim has it until" in client.get(page(first, "deny")).content.decode()
    assert "Kim has this appeal until" in client.post(page(first, "take"), follow=True).content.decode()
    answer = client.post(page(first, "take"), {"take_over": "yes"}, follow=True)
    assert "You have it until" in answer.content.decode()
    refused = client.post(page(filed(first.seller.market), "release"), follow=True)
    assert "You do not have this appeal." in refused.content.decode()


def test_list_shows_who_has_what_and_filters_by_it(client: Client, market: Market, first: Appeal) -> None:
    free, kim = filed(market), reviewer("Kim Roe")
    take_appeal(appeal=first, person=kim, now=timezone.now())
    client.force_login(kim)
    address = reverse("admin:violations_appeal_changelist")
    assert "Kim Roe" in client.get(address).content.decode()

    def listed(claim: str) -> list[Appeal]:
        return list(client.get(address, {"claim": claim}).context["cl"].result_list)

    assert (listed("mine"), listed("free")) == ([first], [free])


def test_decision_can_lead_to_the_next_one(client: Client, market: Market, first: Appeal) -> None:
    following, kim = filed(market), reviewer()
    client.force_login(kim)
    sent = {"reason": DENIAL, "next": "yes"}
    assert client.post(page(first, "deny"), sent).headers["Location"] == page(following)
    assert holder(following, now=timezone.now()) == kim
    answer = client.post(page(following, "deny"), sent, follow=True).content.decode()
    assert "No other appeal waits" in answer


def test_lead_assigns_and_reviewer_notes(client: Client, first: Appeal) -> None:
    kim = reviewer("Kim")
    client.force_login(lead())
    assert client.post(page(first, "assign"), {"to": kim.pk}).status_code == 302
    assert holder(first, now=timezone.now()) == kim
    assert client.get(page(first, "note")).status_code == 403
    client.force_login(kim)
    assert "You have it: it is assigned to you." in client.get(page(first)).content.decode()
    assert client.get(page(first, "assign")).status_code == 403
    client.post(page(first, "note"), {"text": "Ask legal <b>first</b>."})
    shown = client.get(page(first)).content.decode()
    assert "Ask legal &lt;b&gt;first&lt;/b&gt;." in shown


def test_sellers_never_read_a_note(client: Client, first: Appeal) -> None:
    note_on_appeal(appeal=first, text="Between us: weak.", by=reviewer(), now=NOW)
    client.force_login(first.filed_by)
    answer = client.get(first.get_absolute_url())
    assert answer.status_code == 200
    assert "Between us" not in answer.content.decode()


@pytest.mark.parametrize("name", ["take", "release", "note", "assign"])
def test_who_only_looks_can_do_none_of_it(client: Client, first: Appeal, name: str) -> None:
    auditor = person_in("Auditor")
    client.force_login(auditor)
    assert client.post(page(first, name)).status_code == 403
    assert client.post(reverse("admin:violations_appeal_next")).status_code == 403
    assert client.get(page(first)).status_code == 200
