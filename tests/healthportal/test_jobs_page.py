"""The admin's page of jobs: how each kind stands, and what was given up is tried again by who may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEmail, User
from accounts.services import queue_account_email
from audit.models import AuditEntry
from healthportal.exports.models import Export
from healthportal.exports.services import ask_for_export
from healthportal.jobs.services import retry_given_up
from healthportal.roles import AUDITOR, OPERATOR, ROLES, codenames
from inbox.models import EmailDelivery
from kit.jobs.claims import claim, fail
from kit.jobs.models import Job
from kit.jobs.queues import job_kinds
from sellers.models import StaffMarket
from tests.factories import MarketFactory, MemberFactory, PolicyFactory, UserFactory, issue
from tests.healthportal.test_trail_is_complete import drafted_rules
from tests.inbox.states import put_into
from tests.pages import staff_client
from violations.models import RulesChange
from violations.services import approve_rules

pytestmark = pytest.mark.django_db

PAGE = "/admin/jobs/"


def given_up(count: int = 1) -> list[EmailDelivery]:
    for _ in range(count):
        issue(MemberFactory().seller, PolicyFactory(), now=timezone.now())
    put_into("dead")
    EmailDelivery.objects.update(last_error="550 No such mailbox", attempts=7)
    return list(EmailDelivery.objects.order_by("id"))


def test_it_says_how_every_kind_stands(admin_client: Client) -> None:
    given_up()
    issue(MemberFactory().seller, PolicyFactory(), now=timezone.now() - timedelta(hours=2))
    text = admin_client.get(PAGE).text
    names = [str(kind._meta.verbose_name_plural).capitalize() for kind in job_kinds()]
    assert "Email deliveries" in names
    shown = re.findall(r'<th scope="row">(?:<a href="[^"]+">)?([^<]+)', text)
    assert [name for name in names if name not in shown] == []
    assert f'<a href="{reverse("admin:inbox_emaildelivery_changelist")}">Email deliveries</a>' in text
    assert "2\xa0hours" in text
    assert "550 No such mailbox" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_the_same_queries_for_any_number(admin_client: Client, rows: int) -> None:
    given_up(rows)
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(PAGE)
    assert len(captured) == 2 + 3 * len(job_kinds())


def test_what_was_given_up_is_tried_again_and_is_in_the_trail(admin_client: Client) -> None:
    (dead,) = given_up()
    page = admin_client.post(PAGE, {"kind": "inbox.emaildelivery"}, follow=True)
    assert "1 will be tried again." in page.text
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.given_up_at) == ("pending", 0, None)
    entry = AuditEntry.objects.get(action="retry")
    assert (entry.kind, entry.object_id, entry.note) == ("inbox.emaildelivery", str(dead.pk), "To be tried again.")


def test_a_role_sees_and_does_what_it_may_with_the_records(client: Client) -> None:
    given_up()
    assert "Email deliveries" in (page := staff_client("Operator").get(PAGE).text)
    assert "Mass reversals" not in page
    assert "Try again" in page
    assert "Try again" not in staff_client("Auditor").get(PAGE).text
    assert staff_client("Auditor").post(PAGE, {"kind": "inbox.emaildelivery"}).status_code == 403
    assert staff_client("Operator").post(PAGE, {"kind": "violations.massreversal"}).status_code == 403
    assert staff_client("Workshop host").get(PAGE).status_code == 403
    assert client.get(PAGE).status_code == 302


def test_what_failed_leads_to_its_record_and_what_is_tried_again_is_told_from_what_is_not_due(
    admin_client: Client,
) -> None:
    (dead,) = given_up()
    issue(MemberFactory().seller, PolicyFactory(), now=timezone.now())
    issue(MemberFactory().seller, PolicyFactory(), now=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    waiting = EmailDelivery.objects.exclude(pk=dead.pk).order_by("pk")
    EmailDelivery.objects.filter(pk__in=waiting.values("pk")).update(due_at=later)
    EmailDelivery.objects.filter(pk=waiting[0].pk).update(attempts=2)
    text = admin_client.get(PAGE).text
    assert f'href="{reverse("admin:inbox_emaildelivery_change", args=[dead.pk])}"' in text
    assert re.search(r"<td>2 <span[^>]*>\(1 after a failure\)</span></td>", text)


@pytest.mark.parametrize("kind", job_kinds(), ids=lambda kind: kind._meta.label_lower)
def test_some_role_that_sees_a_kind_may_have_it_tried_again(kind: type[Job]) -> None:
    """But for an email about an account: it has lost its text."""
    app, model = kind._meta.app_label, kind._meta.model_name
    view, retry = f"view_{model}", kind.retried_with or f"{app}.change_{model}"
    assert (app, view) in codenames(AUDITOR)
    seeing = [role for role in ROLES if role != AUDITOR and (app, view) in codenames(role)]
    retrying = [role for role in seeing if tuple(retry.split(".")) in codenames(role)]
    assert seeing
    assert bool(retrying) == (kind is not AccountEmail)


def given_up_account_email() -> AccountEmail:
    now = timezone.now()
    email = queue_account_email(to="a@b.example", subject="S", body="B", now=now, expires_at=now + timedelta(hours=1))
    fail(email, error="No.", now=now, for_good=True)
    return email


@pytest.mark.parametrize("client", [pytest.param("admin", id="superuser"), pytest.param(OPERATOR, id=OPERATOR)])
def test_an_email_about_an_account_is_seen_and_the_page_says_why_it_is_not_tried_again(
    client: str, admin_client: Client
) -> None:
    given_up_account_email()
    asking = admin_client if client == "admin" else staff_client(client)
    text = asking.get(PAGE).text
    assert "has another one sent" in text
    assert 'value="accounts.accountemail"' not in text
    assert asking.post(PAGE, {"kind": "accounts.accountemail"}).status_code == 403


def test_who_works_for_some_markets_is_not_shown_what_is_of_none() -> None:
    client = staff_client(OPERATOR)
    assert "Account emails" in client.get(PAGE).text
    StaffMarket.objects.create(user=User.objects.get(), market=MarketFactory())
    assert "Account emails" not in client.get(PAGE).text


def test_an_operator_has_a_change_of_rules_told_that_was_given_up() -> None:
    now = timezone.now()
    change = drafted_rules()
    approve_rules(change=change, approved_by=UserFactory(), now=now)
    (claimed,) = claim(RulesChange.objects.all(), now=now)
    fail(claimed, error="No room.", now=now, for_good=True)
    page = staff_client(OPERATOR).post(PAGE, {"kind": "violations.ruleschange"}, follow=True)
    assert "1 will be tried again." in page.text
    change.refresh_from_db()
    assert (change.given_up_at, change.due_at is not None) == (None, True)


def test_a_kind_that_there_is_not_is_not_found(admin_client: Client) -> None:
    assert admin_client.post(PAGE, {"kind": "inbox.message"}).status_code == 404


def test_what_cannot_be_tried_again_keeps_no_other_from_it() -> None:
    """Of one download a later one is being made; a link to choose a password has lost its text."""
    now, member = timezone.now(), MemberFactory()
    first = ask_for_export(seller=member.seller, asked_by=member.user, now=now)
    elsewhere = MemberFactory()
    other = ask_for_export(seller=elsewhere.seller, asked_by=elsewhere.user, now=now)
    for export in (first, other):
        fail(export, error="No room.", now=now, for_good=True)
    ask_for_export(seller=member.seller, asked_by=member.user, now=now)
    assert retry_given_up(kind=Export, now=now) == 1
    assert retry_given_up(kind=type(given_up_account_email()), now=now) == 0


def test_the_home_page_of_staff_leads_there(admin_client: Client) -> None:
    assert f'href="{reverse("admin:jobs")}"' in admin_client.get(reverse("admin:index")).text
