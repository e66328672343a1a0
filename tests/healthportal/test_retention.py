"""What is kept no longer than needed: each kind, in small batches, once a day; and what staff and sellers see of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import UnreachableAddress
from audit.models import AuditEntry
from audit.services import record
from healthportal.exports.models import Export
from healthportal.retention import services, tasks
from healthportal.retention.kinds import BY_NAME, FIXED, KINDS, STAYS
from healthportal.retention.models import Retention
from healthportal.retention.wording import days_words
from inbox.models import Digest, EmailDelivery, Message
from inbox.services import MessageDraft, post_messages
from kit.jobs.claims import LostClaim, claim
from quizzes.models import Attempt
from sellers.models import Market, MemberChange, MemberUpload, Seller, SellerNote
from sellers.services import note_on_seller
from tests.factories import (
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    QuizFactory,
    SellerFactory,
    UserFactory,
    issue,
)
from tests.pages import signed_in_seller
from tests.quizzes.helpers import start, take
from tests.violations.appealing import DENIAL, appeal_against, upload
from violations.models import Appeal, AppealAttachment

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at:UserWarning")]

DAY = timedelta(days=1)


def now() -> datetime:
    return timezone.now()


def long_ago(days: int) -> datetime:
    return now() - days * DAY


def run() -> int:
    services.prepare_retentions(now=now())
    return services.prune(clock=timezone.now, until=now() + timedelta(seconds=30))


def seller() -> Seller:
    member = MemberFactory(seller__market__books_closed_until=long_ago(3_000))
    found: Seller = member.seller
    return found


def posted(days: int, kind: Message.Kind = Message.Kind.REPORT) -> Message:
    told = seller()
    draft = MessageDraft(seller_id=told.pk, kind=kind, subject="A", body="B")
    (pk,) = post_messages(market=told.market, drafts=[draft], now=long_ago(days))
    EmailDelivery.objects.update(state="sent", sent_at=long_ago(days), due_at=None)
    return Message.objects.get(pk=pk)


def email(days: int) -> EmailDelivery:
    return posted(days, Message.Kind.VIOLATION).deliveries.get()


def digest(days: int) -> Digest:
    return Digest.objects.create(
        user=UserFactory(), starts_at=long_ago(days + 7), ends_at=long_ago(days), state="sent", sent_at=long_ago(days)
    )


def session(days: int) -> UserSession:
    found: UserSession = UserSession.objects.create(
        user=UserFactory(), session_key=f"key{days}", ip="127.0.0.1", user_agent="A", created_at=long_ago(days)
    )
    UserSession.objects.filter(pk=found.pk).update(last_seen_at=long_ago(days))
    return found


def sign_in(days: int) -> AuditEntry:
    entry = record(by=UserFactory(is_staff=True), action="sign_in", now=long_ago(days))
    assert entry
    return entry


def soft_bounce(days: int) -> UnreachableAddress:
    return UnreachableAddress.objects.create(email=f"a{days}@example.com", soft_bounces=1, noted_at=long_ago(days))


def download(days: int) -> Export:
    return Export.objects.create(
        seller=SellerFactory(), asked_by=UserFactory(), asked_at=long_ago(days), state="failed",
        finished_at=long_ago(days), given_up_at=long_ago(days),
    )  # fmt: skip


def seller_note(days: int) -> SellerNote:
    by = UserFactory(is_staff=True)
    return note_on_seller(seller=SellerFactory(), text="Called twice.", written_by=by, now=long_ago(days))


def member_upload(days: int) -> MemberUpload:
    return MemberUpload.objects.create(
        market=MarketFactory(), name="a.csv", uploaded_at=long_ago(days), uploaded_by=UserFactory(is_staff=True)
    )


def member_change(days: int) -> MemberChange:
    return MemberChange.objects.create(
        seller=SellerFactory(), user=UserFactory(), joined=True, changed_at=long_ago(days), to_tell=False
    )


ROWS: dict[str, Callable[[int], Model]] = {
    "emails": email,
    "announcements": posted,
    "digests": digest,
    "sessions": session,
    "sign_ins": sign_in,
    "soft_bounces": soft_bounce,
    "downloads": download,
    "seller_notes": seller_note,
    "member_uploads": member_upload,
    "member_changes": member_change,
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_older_goes_and_the_rest_stays(name: str) -> None:
    kept = next(kept for kept in KINDS if kept.name == name)
    old, young = ROWS[name](kept.days + 1), ROWS[name](kept.days - 1)
    assert run() >= 1
    manager = type(old)._default_manager
    assert not manager.filter(pk=old.pk).exists()
    assert manager.filter(pk=young.pk).exists()
    assert run() == 0


def test_what_tells_of_a_violation_stays_for_good() -> None:
    message = posted(3_000, Message.Kind.VIOLATION)
    run()
    assert Message.objects.filter(pk=message.pk).exists()
    assert not message.deliveries.exists()


def test_announcement_whose_email_waits_stays() -> None:
    message = posted(500)
    EmailDelivery.objects.update(state="pending", sent_at=None, due_at=now())
    run()
    assert Message.objects.filter(pk=message.pk).exists()


def test_ledger_and_reports_are_no_kind_that_goes() -> None:
    tables = {kept.old_rows(None, now()).model._meta.label for kept in KINDS}
    assert tables.isdisjoint({"violations.PointsEntry", "violations.Violation", "violations.Appeal",
        "violations.EnforcementAction", "reports.WeeklyReport"})  # fmt: skip


def test_days_are_those_of_the_market() -> None:
    short, usual = posted(100), posted(100)
    services.prepare_retentions(now=now())
    Retention.objects.filter(kind="announcements", market=short.seller.market).update(days=60)
    run()
    assert set(Message.objects.all()) == {usual}


def test_it_is_done_in_small_batches_and_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for days in range(200, 205):
        soft_bounce(days)
    services.prepare_retentions(now=now())
    Retention.objects.exclude(kind="soft_bounces").delete()
    moments = iter([now(), now(), now(), now(), now() + timedelta(minutes=1)])
    until = now() + timedelta(seconds=30)
    assert services.prune(clock=lambda: next(moments), until=until) == 2
    line = Retention.objects.get()
    assert (line.removed, line.done_at, line.attempts) == (2, None, 0)
    assert services.prune(clock=timezone.now, until=until) == 3
    line.refresh_from_db()
    assert line.removed == 5
    assert line.done_at is not None
    assert line.due_at is not None
    assert line.due_at - line.done_at == DAY


def test_failure_of_one_kind_keeps_no_other_from_going() -> None:
    old = soft_bounce(200)
    services.prepare_retentions(now=now())
    with connection.cursor() as cursor:
        connection.check_constraints()
        cursor.execute("ALTER TABLE inbox_digest ADD CONSTRAINT never CHECK (state <> 'sent') NOT VALID")
    assert run() == 1
    assert not UnreachableAddress.objects.filter(pk=old.pk).exists()


def test_worker_that_lost_its_claim_removes_nothing() -> None:
    services.prepare_retentions(now=now())
    Retention.objects.exclude(kind="soft_bounces").delete()
    (lost,) = claim(Retention.objects.all(), now=now())
    Retention.objects.update(claimed_at=now() + DAY)
    old = soft_bounce(200)
    with pytest.raises(LostClaim):
        services._remove_batch(lost, now=now())
    assert UnreachableAddress.objects.filter(pk=old.pk).exists()


def test_kind_that_is_no_more_removes_nothing() -> None:
    Retention.objects.create(kind="gone", days=60, due_at=now())
    assert run() == 0


def test_task_prepares_and_removes() -> None:
    soft_bounce(200)
    MarketFactory()
    tasks.prune_old_rows()
    tasks.prune_old_rows()
    of_market = sum(kept.of_market for kept in KINDS)
    assert Retention.objects.count() == of_market * Market.objects.count() + len(KINDS) - of_market
    assert not UnreachableAddress.objects.exists()


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [({"days": 29}, "retention_days_range"), ({"days": 3_651}, "retention_days_range"), ({}, "retention_once")],
)
def test_database_refuses_what_means_nothing(columns: dict[str, Any], constraint: str) -> None:
    services.prepare_retentions(now=now())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Retention.objects.create(**({"kind": "digests", "days": 60} | columns))


def attempted(*, right: int | None) -> Attempt:
    told, quiz = seller(), QuizFactory()
    issue(told, quiz.policy, now=NOW)
    return take(told, quiz, right=right)


def left() -> Attempt:
    """An attempt that nobody submitted, and nobody noted so."""
    told, quiz = seller(), QuizFactory()
    issue(told, quiz.policy, now=NOW)
    return start(told, quiz)


def test_attempt_that_was_not_passed_goes_after_two_years_and_a_pass_stays() -> None:
    failed, passed = attempted(right=0), attempted(right=None)
    left()
    with pytest.raises(IntegrityError, match="stay as they are"), transaction.atomic():
        BY_NAME["attempts"].remove(Attempt.objects.filter(pk=failed.pk))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        moments = ", ".join(f"{one} = {one} - interval '800 days'" for one in ("started_at", "submitted_at", "ends_at"))
        cursor.execute(f"UPDATE quizzes_attempt SET {moments}")
        cursor.execute("SET LOCAL session_replication_role = origin")
    run()
    assert list(Attempt.objects.all()) == [passed]


def test_files_of_an_appeal_go_three_years_after_the_decision(attachments_root: Path) -> None:
    appeals = [appeal_against(issue(seller(), PolicyFactory(), now=NOW), attachments=[upload()]) for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for appeal, days in zip(appeals, (1_100, 1_000), strict=True):
            decided = {"state": "denied", "decided_by": UserFactory(), "decision_reason": DENIAL}
            Appeal.objects.filter(pk=appeal.pk).update(filed_at=long_ago(days), decided_at=long_ago(days), **decided)
        cursor.execute("SET LOCAL session_replication_role = origin")
    run()
    assert [one.appeal for one in AppealAttachment.objects.all()] == [appeals[1]]
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.filter(pk=appeals[0].pk).delete()


# --- What is seen of it


def test_seller_reads_what_is_kept(client: Client) -> None:
    own = signed_in_seller(client)
    services.prepare_retentions(now=now())
    Retention.objects.filter(kind="emails", market=own.market).update(days=45)
    text = client.get(reverse("kept", kwargs={"seller_id": own.pk})).text
    assert "45 days" in text
    assert all(str(kept.label) in text for kept in [*KINDS, *FIXED])
    assert "7 days" in text
    assert all(str(what) in text for what, _ in STAYS)
    assert reverse("kept", kwargs={"seller_id": own.pk}) in client.get(reverse("account")).text
    assert client.get(reverse("kept", kwargs={"seller_id": SellerFactory().pk})).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_markets(
    client: Client, django_assert_num_queries: Any, count: int
) -> None:
    own = signed_in_seller(client)
    MarketFactory.create_batch(count)
    services.prepare_retentions(now=now())
    url = reverse("kept", kwargs={"seller_id": own.pk})
    client.get(url)
    with django_assert_num_queries(6):
        client.get(url)


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (400, "400 days"), (365, "1 year"), (1_095, "3 years")])
def test_days_are_said_in_words(days: int, words: str) -> None:
    assert days_words(days) == words


def test_docs_say_what_is_kept() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "retention.md").read_text()
    lines = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| ([\d,]+) \| ([\d,]+) \|$", text, re.MULTILINE)
    assert lines == [(one.name, str(one.label), str(one.after), f"{one.days:,}", f"{one.min_days:,}") for one in KINDS]
    fixed = re.findall(r"^\| ([^`|]+?) \| (.+?) \| (\d+) \|$", text, re.MULTILINE)
    assert fixed == [(str(one.label), str(one.after), str(one.days)) for one in FIXED]


def test_staff_choose_the_days_no_fewer_than_the_kind_allows(client: Client, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    boss = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    MarketFactory()
    services.prepare_retentions(now=now())
    line = Retention.objects.get(kind="sign_ins")
    page = reverse("admin:retention_retention_change", args=[line.pk])
    form = client.get(page).context["adminform"].form
    hidden = {form.add_prefix(name): form.initial.get(name) for name in form.fields if name != "days"}
    assert "at least 90 days" in client.post(page, {**hidden, "days": 60}).text
    assert client.post(page, {**hidden, "days": 120}).status_code == 302
    line.refresh_from_db()
    assert line.days == 120
    assert AuditEntry.objects.get(action="change").changes == [{"field": "days", "from": 365, "to": 120}]
