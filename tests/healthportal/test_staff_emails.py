"""What staff are told by email: in the morning what waits, and at once what needs them now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import AccountEmail, User
from healthportal.workbench.models import StaffEmails
from healthportal.workbench.needs import NEEDS
from healthportal.workbench.selectors import FoundNeed
from healthportal.workbench.services import choose_staff_emails, next_morning, tell_staff
from healthportal.workbench.tasks import send_staff_emails
from healthportal.workbench.wording import email_subject
from kit.outcomes import Refused
from tests.factories import LONG_AGO, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue, person_in
from tests.threads import at_once
from tests.violations.appealing import appeal_against
from violations.models import Appeal

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 10, 20, tzinfo=UTC)
MORNING = datetime(2026, 11, 11, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reviewer(choice: str = "", **fields: str) -> User:
    person = person_in("Reviewer", **fields)
    choose_staff_emails(person=person, choice=choice, now=EVENING)
    return person


def overdue(*, filed: datetime = EVENING - timedelta(days=3)) -> Appeal:
    """An appeal to be decided within a day of its filing, by the end of that local day."""
    market = MarketFactory(books_closed_until=LONG_AGO, appeal_decision_days=1)
    return appeal_against(issue(SellerFactory(market=market), PolicyFactory(), now=filed), now=filed)


def subjects() -> list[str]:
    return list(AccountEmail.objects.order_by("pk").values_list("subject", flat=True))


def test_daily_email_comes_in_the_morning_once_and_names_what_waits() -> None:
    person, appeal = reviewer("daily"), overdue()
    assert [tell_staff(now=moment) for moment in (MORNING - MINUTE, MORNING, MORNING + MINUTE)] == [0, 1, 0]
    email = AccountEmail.objects.get()
    assert (email.to, email.subject) == (person.email, "This morning: 1 appeal is overdue")
    assert "Needs you now" in email.body
    assert f"http://localhost:8000/admin/violations/appeal/{appeal.pk}/change/" in email.body
    assert tell_staff(now=MORNING + timedelta(days=1)) == 1


def test_nothing_is_sent_when_nothing_waits_and_the_next_morning_asks_again() -> None:
    reviewer("daily")
    assert tell_staff(now=MORNING) == 0
    overdue()
    assert tell_staff(now=MORNING + MINUTE) == 0
    assert tell_staff(now=MORNING + timedelta(days=1)) == 1


def test_at_once_tells_what_needs_somebody_now_and_again_a_day_later() -> None:
    reviewer("at_once")
    overdue()
    now = EVENING + timedelta(hours=4)
    assert [tell_staff(now=now + step * MINUTE) for step in (0, 5)] == [1, 0]
    assert tell_staff(now=MORNING) == 1
    assert subjects() == ["1 appeal is overdue", "This morning: 1 appeal is overdue"]
    assert tell_staff(now=MORNING + timedelta(hours=23)) == 0


def test_daily_says_nothing_at_once() -> None:
    reviewer("daily")
    overdue()
    assert tell_staff(now=EVENING + MINUTE) == 0


def test_who_chose_nothing_or_left_is_told_nothing() -> None:
    gone, moved = reviewer("daily"), reviewer("daily")
    reviewer("")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.filter(pk=moved.pk).update(is_staff=False)
    overdue()
    assert tell_staff(now=MORNING) == 0


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("", EVENING, MORNING),
        ("", MORNING - MINUTE, MORNING),
        ("", MORNING, MORNING + timedelta(days=1)),
        ("Asia/Bangkok", EVENING, datetime(2026, 11, 11, 1, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 31, 13, tzinfo=UTC), datetime(2026, 11, 1, 13, tzinfo=UTC)),
    ],
)
def test_morning_is_the_persons_own(zone: str, now: datetime, expected: datetime) -> None:
    assert next_morning(UserFactory.build(time_zone=zone), now=now) == expected


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_tell_somebody_once() -> None:
    boss: User = UserFactory(is_staff=True, is_superuser=True)
    choose_staff_emails(person=boss, choice="daily", now=EVENING)
    overdue()
    assert sum(at_once(4, lambda: tell_staff(now=MORNING))) == 1
    assert AccountEmail.objects.count() == 1


def test_choice_is_made_on_the_home_page(client: Client) -> None:
    person = reviewer()
    client.force_login(person)
    assert client.post("/admin/emails/", {"choice": "at_once"}, follow=True).content.decode().count("Saved.") == 1
    assert StaffEmails.objects.get().choice == "at_once"
    assert '<option value="at_once" selected>' in client.get("/admin/").content.decode()
    refused = client.post("/admin/emails/", {"choice": "hourly"}, follow=True).content.decode()
    assert "Nothing was changed: choose one of the answers." in refused
    client.post("/admin/emails/", {"choice": ""})
    assert not StaffEmails.objects.exists()
    assert client.get("/admin/emails/").status_code == 405


def test_choice_that_is_not_known_is_refused() -> None:
    with pytest.raises(Refused, match="Choose one of the answers"):
        choose_staff_emails(person=UserFactory(), choice="hourly", now=EVENING)


def test_database_knows_the_choices() -> None:
    with pytest.raises(IntegrityError, match="staff_emails_choice_known"):
        StaffEmails.objects.create(person=UserFactory(), choice="hourly", next_daily_at=EVENING)


def test_several_needs_are_one_email() -> None:
    reviewer("daily")
    soon = overdue(filed=MORNING - timedelta(hours=20))
    assert MORNING < soon.decide_by < MORNING + timedelta(days=1)
    overdue()
    tell_staff(now=MORNING)
    assert subjects() == ["This morning: 1 appeal is overdue, 1 more waits"]


def test_several_urgent_needs_are_one_email_at_once() -> None:
    found = [FoundNeed(need, [], 2, is_more=False) for need in NEEDS[:3]]
    assert email_subject(found, is_morning=False) == "2 appeals are overdue, 2 more wait"


def test_task_tells_who_wants_to_be_told() -> None:
    person = reviewer("at_once")
    overdue(filed=timezone.now() - timedelta(days=3))
    send_staff_emails()
    assert AccountEmail.objects.get().to == person.email
    assert str(StaffEmails.objects.get(person=person)).startswith(f"{person}: ")
