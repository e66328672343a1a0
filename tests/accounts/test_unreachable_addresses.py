"""Addresses that emails come back from: what mail servers and providers report, and how somebody is reached again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AccountEmail, UnreachableAddress, User
from accounts.selectors import unreachable_address, unreachable_among
from accounts.services import address_of, ask_to_confirm, note_returned, restore_address
from kit.emails.returned import Kind, Returned, is_no_mailbox, read_report, return_path
from kit.outcomes import Refused
from tests.factories import NOW, UserFactory
from tests.pages import signed_in_seller

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

EVENTS = "/mail/events/a-secret/"


@pytest.fixture
def ann() -> User:
    user: User = UserFactory(email="ann@example.com")
    return user


def state() -> tuple[str, bool, int]:
    found = UnreachableAddress.objects.get()
    return found.reason, found.since is not None, found.soft_bounces


# --- Noting


@pytest.mark.parametrize(("kind", "reason"), [(Kind.HARD, "bounced"), (Kind.COMPLAINT, "complained")])
def test_what_came_back_for_good_ends_the_emails_once(ann: User, kind: Kind, reason: str) -> None:
    for hours in range(2):
        assert note_returned(returned=[Returned(ann.email, kind, "No.")], now=NOW + timedelta(hours=hours)) == 1
    found = UnreachableAddress.objects.get()
    assert (found.reason, found.since, found.said, found.noted_at) == (reason, NOW, "No.", NOW + timedelta(hours=1))
    assert unreachable_address(ann) == found
    assert unreachable_among({ann.email, "ben@example.com"}) == {ann.email}


def test_what_came_back_for_a_while_is_counted(ann: User) -> None:
    for _ in range(3):
        note_returned(returned=[Returned(ann.email, Kind.SOFT, "Mailbox full")], now=NOW)
    assert state() == ("", False, 3)
    assert unreachable_address(ann) is None


def test_nobody_elses_address_is_kept() -> None:
    assert note_returned(returned=[Returned("nobody@example.com", Kind.HARD)], now=NOW) == 0
    assert not UnreachableAddress.objects.exists()


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"since": NOW}, "unreachable_address_has_reason"),
        ({"reason": "bounced"}, "unreachable_address_has_reason"),
        ({"since": NOW, "reason": "other"}, "unreachable_address_has_reason"),
        ({"email": "Ann@example.com"}, "unreachable_address_in_small_letters"),
    ],
)
def test_database_refuses_what_means_nothing(columns: dict[str, Any], constraint: str) -> None:
    fields = {"email": "ann@example.com", "noted_at": NOW} | columns
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        UnreachableAddress.objects.create(**fields)


# --- Reports of mail servers


def report(parts: list[tuple[str, str]], *, to: str = "portal@example.com", kind: str = "delivery-status") -> bytes:
    head = f'To: {to}\nContent-Type: multipart/report; report-type={kind}; boundary="b"\n'
    lines = [head, "--b", "Content-Type: text/plain", "", "Sorry."]
    for content_type, text in parts:
        lines += ["--b", f"Content-Type: {content_type}", "", text]
    return "\n".join([*lines, "--b--", ""]).encode()


def bounce(status: str, *, to: str = "portal@example.com", recipient: str = "rfc822; Ann@example.com") -> bytes:
    text = f"Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: {recipient}\nAction: failed\nStatus: {status}"
    return report([("message/delivery-status", text + "\nDiagnostic-Code: smtp; 550 No such user\n")], to=to)


COMPLAINT = report(
    [("message/feedback-report", "Feedback-Type: abuse\nUser-Agent: Some/1\nOriginal-Rcpt-To: <ann@example.com>\n")],
    kind="feedback-report",
)


@pytest.mark.parametrize(
    ("status", "kind"), [("5.1.1", Kind.HARD), ("5.2.2", Kind.SOFT), ("5.7.1", Kind.SOFT), ("4.4.1", Kind.SOFT)]
)
def test_bounce_says_whether_somebody_is_there(status: str, kind: Kind) -> None:
    assert read_report(bounce(status)) == [Returned("ann@example.com", kind, "smtp; 550 No such user")]


def test_complaint_names_its_reader() -> None:
    assert read_report(COMPLAINT) == [Returned("ann@example.com", Kind.COMPLAINT, "Some/1")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"Subject: Hello\n\nHow are you?",
        bounce("2.0.0"),
        bounce("5.1.1", recipient="nobody"),
        report([("message/feedback-report", "Feedback-Type: other\nOriginal-Rcpt-To: ann@example.com\n")]),
        report([("text/plain", "Nothing.")]),
    ],
)
def test_other_emails_report_nothing(content: bytes) -> None:
    assert read_report(content) == []


def test_report_is_believed_of_an_email_that_was_sent(settings: Any) -> None:
    settings.EMAIL_RETURN_PATH = "bounces+{seal}@portal.example"
    own, forged = return_path("ann@example.com"), return_path("ben@example.com")
    assert len(read_report(bounce("5.1.1", to=f"<{own}>"))) == 1
    assert read_report(bounce("5.1.1", to=forged)) == []
    assert read_report(bounce("5.1.1", to="bounces@portal.example")) == []


@pytest.mark.parametrize(
    ("words", "expected"), [("5.1.1 No such user", True), ("5.7.1 Blocked", False), ("No such user", False)]
)
def test_status_says_that_nobody_is_there(words: str, expected: bool) -> None:
    assert is_no_mailbox(words) is expected


# --- Taking them in


def test_without_a_secret_nothing_is_taken_in(client: Client, settings: Any, ann: User) -> None:
    assert client.post("/mail/events/x/", "[]", content_type="application/json").status_code == 404
    settings.EMAIL_EVENTS_SECRET = "another"  # of a test
    assert client.post(EVENTS, "[]", content_type="application/json").status_code == 404


@pytest.fixture
def taken_in(settings: Any) -> None:
    settings.EMAIL_EVENTS_SECRET = "a-secret"  # of a test


def test_events_are_taken_in_as_json(client: Client, taken_in: None, ann: User) -> None:
    events = [
        {"email": " Ann@Example.com", "kind": "hard_bounce", "said": "x" * 900},
        {"email": "b@c.d", "kind": "complaint"},
    ]
    answer = client.post(EVENTS, json.dumps(events), content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"noted": 1})
    assert state() == ("bounced", True, 0)
    assert client.get(EVENTS).status_code == 405


def test_event_that_cannot_be_kept_as_it_is_keeps_no_other_from_being_noted(
    client: Client, taken_in: None, ann: User
) -> None:
    events = [
        {"email": "a\0b@example.com", "kind": "hard_bounce"},
        {"email": "ann@example.com", "kind": "hard_bounce", "said": "550 \0No\x1b such \uffff user"},
    ]
    answer = client.post(EVENTS, json.dumps(events), content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"noted": 1})
    assert UnreachableAddress.objects.get().said == "550 \ufffdNo\ufffd such \ufffd user"


@pytest.mark.parametrize("said", [b"550 No\x00 such user", b"550 \xed\xa0\x80\xff"])
def test_report_with_bytes_that_are_no_text_is_noted(client: Client, taken_in: None, ann: User, said: bytes) -> None:
    content = bounce("5.1.1").replace(b"550 No such user", said)
    assert client.post(EVENTS, content, content_type="message/rfc822").json() == {"noted": 1}
    assert UnreachableAddress.objects.get().said


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "nonsense",
        '[{"email": "\\ud800", "kind": "complaint"}]',
        '[{"email": "a@b.c", "kind": "other"}]',
        '[{"kind": "complaint"}]',
    ],
)
def test_events_that_are_none_are_refused(client: Client, taken_in: None, body: str) -> None:
    answer = client.post(EVENTS, body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_events_that_are_too_long_are_refused(client: Client, taken_in: None) -> None:
    assert client.post(EVENTS, b" " * 1_000_001, content_type="application/json").status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"CONTENT_LENGTH": str(len(COMPLAINT) + 9)}, 400),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, 415),
    ],
)
def test_report_that_did_not_come_whole_is_refused(
    client: Client, taken_in: None, ann: User, headers: dict[str, str], status: int
) -> None:
    sent = {"wsgi.input": BytesIO(COMPLAINT), **headers}
    answer = client.post(EVENTS, COMPLAINT, content_type="message/rfc822", **sent)  # type: ignore[arg-type]  # of WSGI
    assert answer.status_code == status
    assert answer.json()["error"]
    assert not UnreachableAddress.objects.exists()


def test_report_is_taken_in_as_it_came(client: Client, taken_in: None, ann: User) -> None:
    assert client.post(EVENTS, COMPLAINT, content_type="message/rfc822").json() == {"noted": 1}
    assert state() == ("complained", True, 0)


# --- Providers, by django-anymail


@pytest.mark.parametrize(
    ("event", "reason", "expected"),
    [
        ("bounced", "bounced", ("bounced", True, 0)),
        ("bounced", "blocked", ("", False, 1)),
        ("rejected", "invalid", ("bounced", True, 0)),
        ("deferred", None, ("", False, 1)),
        ("complained", None, ("complained", True, 0)),
    ],
)
def test_what_a_provider_reports_is_noted(ann: User, event: str, reason: str | None, expected: object) -> None:
    from anymail.signals import AnymailTrackingEvent, tracking  # an extra

    import accounts.anymail_events  # noqa: F401  # its receiver

    told = AnymailTrackingEvent(event_type=event, recipient="Ann@example.com", reject_reason=reason, mta_response="No.")
    tracking.send(object, event=told, esp_name="Test")
    assert state() == expected


@pytest.mark.parametrize(
    "event", [{"event_type": "delivered", "recipient": "ann@example.com"}, {"event_type": "bounced"}]
)
def test_what_else_a_provider_reports_is_left_alone(ann: User, event: dict[str, str]) -> None:
    from anymail.signals import AnymailTrackingEvent, tracking  # an extra

    import accounts.anymail_events  # noqa: F401  # its receiver

    tracking.send(object, event=AnymailTrackingEvent(**event), esp_name="Test")
    assert not UnreachableAddress.objects.exists()


REPORT_OF_A_PROVIDER = """
import django, json
django.setup()
from base64 import b64encode
from django.db import transaction
from django.test import Client
from accounts.models import UnreachableAddress, User
secret = b64encode(b"name:secret").decode()
bounce = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Email": "ann@example.com", "MessageID": "1",
    "BouncedAt": "2026-11-18T12:00:00Z", "Details": "smtp;550 5.1.1 No such user"}
with transaction.atomic():
    User.objects.create(email="ann@example.com")
    for headers in ({}, {"Authorization": f"Basic {secret}"}):
        client = Client(headers={"Host": "localhost"} | headers)
        answer = client.post("/mail/postmark/tracking/", json.dumps(bounce), content_type="application/json")
        print(answer.status_code, *UnreachableAddress.objects.values_list("reason", flat=True))
    transaction.set_rollback(True)
"""


@pytest.mark.filterwarnings("default")
def test_a_provider_that_the_settings_name_reports_to_an_address_of_the_portal() -> None:
    """A process of its own: whether the extra is used is decided when the settings are read."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "healthportal.settings",
        "DATABASE_URL": database.geturl(),
        "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend",
        "ANYMAIL": '{"POSTMARK_SERVER_TOKEN": "x", "WEBHOOK_SECRET": "name:secret"}',
    }
    done = subprocess.run(
        [sys.executable, "-c", REPORT_OF_A_PROVIDER],
        env=env,
        cwd=configured.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["400", "200 bounced"]


# --- Being reached again


def test_person_sees_it_and_confirms_by_a_link(client: Client) -> None:
    seller = signed_in_seller(client)
    user = User.objects.get(memberships__seller=seller)
    note_returned(returned=[Returned(user.email, Kind.HARD)], now=NOW)
    inbox = reverse("inbox:list", kwargs={"seller_id": seller.pk})
    for page in (inbox, reverse("inbox:emails", kwargs={"seller_id": seller.pk}), reverse("account")):
        assert "Emails do not reach you" in client.get(page).text
    assert "A link was sent to" in client.post(reverse("ask_reach"), follow=True).text
    assert "less than five minutes ago" in client.post(reverse("ask_reach"), follow=True).text
    email = AccountEmail.objects.get()
    assert email.to == user.email
    link = next(word for word in email.body.split() if "/reach/" in word).removeprefix("http://localhost:8000")
    anybody = Client()
    assert "Send emails to this address again?" in anybody.get(link).text
    assert unreachable_address(user)
    assert "Emails are sent to you again" in anybody.post(link).text
    assert unreachable_address(user) is None
    assert anybody.post(link).status_code == 200
    assert "Emails do not reach you" not in client.get(inbox).text


def test_complaint_is_said_as_such(client: Client) -> None:
    user = User.objects.get(memberships__seller=signed_in_seller(client))
    note_returned(returned=[Returned(user.email, Kind.COMPLAINT)], now=NOW)
    assert "was reported as unwanted" in client.get(reverse("account")).text


def test_who_is_reached_has_nothing_to_confirm(ann: User) -> None:
    with pytest.raises(Refused, match="Emails reach this address"):
        ask_to_confirm(user=ann, now=NOW)
    note_returned(returned=[Returned(ann.email, Kind.SOFT)], now=NOW)
    with pytest.raises(Refused, match="Emails reach this address"):
        ask_to_confirm(user=ann, now=NOW)


@pytest.mark.parametrize("token", ["x", "a:b:c"])
def test_link_that_is_not_ours_leads_nowhere(client: Client, token: str) -> None:
    assert address_of(token) is None
    assert client.get(reverse("confirm_reach", kwargs={"token": token})).status_code == 404


def test_address_that_nothing_came_back_from_is_restored_without_harm() -> None:
    assert restore_address(email="ann@example.com", now=NOW, restored_by=UserFactory()) is False


def test_staff_restore_only_what_gets_no_emails(ann: User, admin_client: Client) -> None:
    """A full mailbox ends nothing: there is nothing to restore, and its count stays."""
    note_returned(returned=[Returned(ann.email, Kind.SOFT)], now=NOW)
    found = UnreachableAddress.objects.get()
    page = reverse("admin:accounts_unreachableaddress_change", args=[found.pk])
    assert "Send emails to it again" not in admin_client.get(page).text
    listed = reverse("admin:accounts_unreachableaddress_changelist")
    sent = {"action": "send_again", "_selected_action": found.pk, "confirmed": "1"}
    assert "sent to 0 addresses again" in admin_client.post(listed, sent, follow=True).text
    assert state() == ("", False, 1)
    note_returned(returned=[Returned(ann.email, Kind.HARD)], now=NOW)
    assert "Send emails to it again" in admin_client.get(page).text
