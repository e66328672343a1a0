"""A seller's download: asked for, made, handed out to members alone, deleted; and what becomes of a killed worker."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
import threading
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthportal.exports import archive, services, tasks
from healthportal.exports.models import Export
from healthportal.exports.services import DOWNLOAD_KEPT_FOR, ask_for_export, delete_expired
from healthportal.exports.sweeping import sweep_orphans
from healthportal.exports.work import work_on_next
from inbox.models import EmailDelivery, Message
from kit.jobs.claims import LostClaim
from kit.jobs.orphans import ORPHAN_AGE
from sellers.holdings import HOLDINGS
from sellers.models import Seller
from sellers.services import ClockAhead
from tests.apps import ROOT
from tests.crawl.answers import content_of
from tests.factories import LONG_AGO, NOW, MarketFactory, MemberFactory, PolicyFactory, QuizFactory, issue
from tests.pages import ago, become, signed_in_seller
from tests.quizzes.helpers import take
from tests.violations.appealing import appeal_against, upload

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("attachments_root"),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),
]

KINDS = [
    "seller", "members", "content", "messages", "violations", "ledger", "enforcement", "appeals", "signups",
    "signup_answers", "certificates", "attempts",
    "reports",
]  # fmt: skip


@pytest.fixture
def seller() -> Seller:
    member = MemberFactory(seller__market=MarketFactory(books_closed_until=LONG_AGO), seller__name="Glow & Co")
    return member.seller


def asked(seller: Seller, *, now: datetime = NOW) -> Export:
    return ask_for_export(seller=seller, asked_by=seller.users.first(), now=now)


def work(*, at: datetime = NOW) -> None:
    """Let a worker make all that waits."""
    while work_on_next(clock=lambda: at):
        pass


def made(seller: Seller, *, now: datetime = NOW) -> Export:
    export = asked(seller, now=now)
    work(at=now)
    export.refresh_from_db()
    assert export.state == Export.State.READY
    return export


def opened(export: Export) -> ZipFile:
    with storages["attachments"].open(export.stored_name) as file:
        return ZipFile(BytesIO(file.read()))


def records_of(export: Export, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(opened(export).read(f"{kind}.json"))
    return found


def stored() -> list[str]:
    return storages["attachments"].listdir("exports")[1]


def test_the_file_has_each_kind_of_record_as_json_and_as_csv_with_the_same_content(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(points=12), now=NOW - timedelta(days=9), facts="=1+1")
    export = made(seller)
    assert set(HOLDINGS) == set(KINDS)
    names = opened(export).namelist()
    assert names == ["about.json", *[f"{kind}.{ending}" for kind in HOLDINGS for ending in ("json", "csv")]]
    for kind, holding in HOLDINGS.items():
        text = opened(export).read(f"{kind}.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(StringIO(text)))
        assert csv.DictReader(StringIO(text)).fieldnames == list(holding.fields)
        assert len(rows) == len(records_of(export, kind))
        assert all(list(record) == list(holding.fields) for record in records_of(export, kind))
    (found,) = records_of(export, "violations")
    assert (found["violation"], found["points_left"], found["facts"]) == (violation.pk, 12, "=1+1")
    assert "'=1+1" in opened(export).read("violations.csv").decode()
    assert "12 points count" in found["decision"]
    assert [entry["points"] for entry in records_of(export, "ledger")] == [12]
    assert [action["milestone"] for action in records_of(export, "enforcement")] == [12]
    assert "Violation" in {message["kind"].title() for message in records_of(export, "messages")}


def test_appeals_come_with_what_was_attached(seller: Seller) -> None:
    violation = issue(seller, PolicyFactory(), now=NOW - timedelta(days=9))
    appeal_against(violation, now=NOW - timedelta(days=8), attachments=[upload()])
    export = made(seller)
    (appeal,) = records_of(export, "appeals")
    (path,) = appeal["attachments"]
    assert path.startswith("attachments/")
    assert opened(export).read(path) == upload().read()


def test_a_file_that_is_gone_keeps_nothing_else_from_coming(seller: Seller, attachments_root: Path) -> None:
    violation = issue(seller, PolicyFactory(), now=NOW - timedelta(days=9))
    appeal_against(violation, now=NOW - timedelta(days=8), attachments=[upload()])
    for file in attachments_root.iterdir():
        file.unlink()
    export = made(seller)
    assert len(records_of(export, "appeals")) == 1
    assert not [name for name in opened(export).namelist() if name.startswith("attachments/")]


def test_attempts_have_the_answers_given_and_not_the_right_ones(seller: Seller) -> None:
    policy = PolicyFactory()
    quiz = QuizFactory(policy=policy)
    issue(seller, policy, now=NOW - timedelta(days=9))
    take(seller, quiz, now=NOW - timedelta(days=1))
    (attempt,) = records_of(made(seller), "attempts")
    assert (attempt["passed"], attempt["points_removed"], len(attempt["answers"])) == (True, 1, 3)
    assert {tuple(answer) for answer in attempt["answers"]} == {("question", "answer")}


def test_nothing_of_another_seller_is_in_it(seller: Seller) -> None:
    other = MemberFactory(seller__market=seller.market).seller
    violation = issue(other, PolicyFactory(name="Somebody else's"), now=NOW - timedelta(days=9))
    appeal_against(violation, now=NOW - timedelta(days=8))
    export = made(seller)
    for kind in set(KINDS) - {"seller", "members"}:
        assert records_of(export, kind) == []
    assert len(records_of(export, "members")) == 1


def test_every_member_is_told_once(seller: Seller) -> None:
    MemberFactory(seller=seller)
    export = made(seller)
    message = Message.objects.get(seller=seller, template="export_ready")
    assert (message.about_id, message.path) == (export.pk, f"/s/{seller.pk}/download/")
    assert message.subject == "Your download is ready"
    assert "It can be downloaded until 25 Nov 2026, 07:00 EST." in message.body
    assert EmailDelivery.objects.filter(message=message).count() == 2


def test_asking_twice_is_asking_once(seller: Seller) -> None:
    assert asked(seller) == asked(seller, now=NOW + timedelta(minutes=1))
    work()
    assert Export.objects.count() == 1


def test_a_later_file_takes_the_place_of_an_earlier_one(
    seller: Seller, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    first = made(seller)
    with django_capture_on_commit_callbacks(execute=True):
        second = made(seller, now=NOW + timedelta(days=1))
    first.refresh_from_db()
    assert (first.state, first.stored_name) == (Export.State.EXPIRED, "")
    assert [f"exports/{name}" for name in stored()] == [second.stored_name]


def test_a_file_is_deleted_after_a_week(seller: Seller, django_capture_on_commit_callbacks: Callable[..., Any]) -> None:
    export = made(seller)
    assert delete_expired(now=NOW + DOWNLOAD_KEPT_FOR - timedelta(seconds=1)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_expired(now=NOW + DOWNLOAD_KEPT_FOR) == 1
    export.refresh_from_db()
    assert (export.state, stored()) == (Export.State.EXPIRED, [])


def test_a_clock_that_is_ahead_deletes_nothing(seller: Seller) -> None:
    made(seller)
    with connection.cursor() as cursor:
        cursor.execute("SET healthportal.any_clock = off")
    with pytest.raises(ClockAhead):
        delete_expired(now=timezone.now() + timedelta(days=9))


def test_files_that_no_export_names_are_removed_when_they_are_old(seller: Seller) -> None:
    export = made(seller)
    storages["attachments"].save("exports/orphan", ContentFile(b"x"))
    assert sweep_orphans(now=timezone.now()) == 0
    assert sweep_orphans(now=timezone.now() + ORPHAN_AGE + timedelta(hours=1)) == 1
    assert [f"exports/{name}" for name in stored()] == [export.stored_name]


def test_tasks_make_and_delete(seller: Seller, settings: Any) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    export = asked(seller)
    tasks.make_exports.apply()
    export.refresh_from_db()
    assert export.state == Export.State.READY
    Export.objects.filter(pk=export.pk).update(finished_at=LONG_AGO, expires_at=LONG_AGO + DOWNLOAD_KEPT_FOR)
    tasks.delete_exports.apply()
    export.refresh_from_db()
    assert export.state == Export.State.EXPIRED


# --- Workers that die, fail, or are slow


def test_an_export_in_hand_is_taken_up_again_only_when_its_lease_is_over(seller: Seller) -> None:
    asked(seller)
    first = services.take_up(now=NOW)
    assert first is not None
    assert services.take_up(now=NOW + Export.lease - timedelta(seconds=1)) is None
    second = services.take_up(now=NOW + Export.lease)
    assert second is not None
    assert (second.pk, second.attempts) == (first.pk, 2)
    with pytest.raises(LostClaim):
        services.note_progress(export=first, rows=3, rows_done=1, now=NOW + Export.lease)
    with pytest.raises(LostClaim):
        services.finish_export(export=first, stored_name="exports/x", size=1, now=NOW + Export.lease)
    services.note_progress(export=second, rows=3, rows_done=1, now=NOW + Export.lease)
    assert Message.objects.count() == 0


def test_a_slow_worker_whose_export_another_one_made_leaves_no_file(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(seller)
    write = archive.write_archive

    def overtaken(*args: Any, **kwargs: Any) -> None:
        write(*args, **kwargs)
        monkeypatch.undo()
        work(at=NOW + Export.lease)

    monkeypatch.setattr("healthportal.exports.work.write_archive", overtaken)
    assert work_on_next(clock=lambda: NOW)
    export.refresh_from_db()
    assert (export.state, export.attempts) == (Export.State.READY, 2)
    assert [f"exports/{name}" for name in stored()] == [export.stored_name]
    assert Message.objects.filter(template="export_ready").count() == 1


def test_what_fails_again_and_again_is_given_up(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise OSError("No room.")

    monkeypatch.setattr("healthportal.exports.work.write_archive", broken)
    export, moment = asked(seller), NOW
    for wait in [*Export.waits, timedelta(0)]:
        assert work_on_next(clock=partial(max, moment, NOW))
        assert not work_on_next(clock=partial(max, moment, NOW))
        moment += wait
    export.refresh_from_db()
    assert (export.state, export.attempts, export.last_error) == ("failed", len(Export.waits) + 1, "OSError: No room.")
    monkeypatch.undo()
    assert made(seller, now=NOW + timedelta(hours=3)).pk != export.pk


def killed_half_way() -> None:
    """A worker in a process of its own, which is gone while it writes."""
    connections.close_all()

    def die(*args: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    archive._copy_files = die  # type: ignore[assignment]  # in this process alone, which ends by it
    work_on_next(clock=lambda: NOW)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_half_way_is_followed_by_another_one(seller: Seller) -> None:
    issue(seller, PolicyFactory(), now=NOW - timedelta(days=9))
    export = asked(seller)
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=killed_half_way)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    export.refresh_from_db()
    assert (export.state, export.attempts, Message.objects.filter(template="export_ready").count()) == ("making", 1, 0)
    work(at=NOW + timedelta(minutes=1))
    export.refresh_from_db()
    assert export.state == "making"
    work(at=NOW + Export.lease)
    export.refresh_from_db()
    assert (export.state, export.attempts, export.rows_done) == ("ready", 2, export.rows)
    assert Message.objects.filter(template="export_ready").count() == 1
    assert len(records_of(export, "violations")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_file(seller: Seller) -> None:
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        asked(seller)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Export.objects.count() == 1


# --- What the database holds

READY = "state = 'ready', due_at = NULL, finished_at = now()"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'lost', due_at = NULL, finished_at = now()", "export_state_known"),
        ("finished_at = now()", "export_finished_has_time"),
        ("state = 'failed', due_at = NULL", "export_finished_has_time"),
        ("stored_name = 'x'", "export_ready_has_file"),
        ("due_at = NULL", "export_due_while_making"),
        (
            "state = 'ready', due_at = NULL, finished_at = now(), expires_at = now() + interval '1 day'",
            "export_ready_has_file",
        ),
        (
            "state = 'ready', due_at = NULL, finished_at = now(), stored_name = 'x', expires_at = now()",
            "export_kept_for_a_time",
        ),
        ("state = 'ready', due_at = NULL, finished_at = now(), stored_name = 'x'", "export_ready_has_file"),
    ],
)
def test_the_database_refuses(seller: Seller, change: str, constraint: str) -> None:
    export = asked(seller)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE exports_export SET {change} WHERE id = %s", [export.pk])


def test_the_database_refuses_two_at_a_time(seller: Seller) -> None:
    export = asked(seller)
    with pytest.raises(IntegrityError, match="export_one_at_a_time"), transaction.atomic():
        Export.objects.create(seller=seller, asked_by=export.asked_by, asked_at=NOW, due_at=NOW)


# --- The page


def page_of(client: Client, seller: Seller) -> str:
    return client.get(reverse("download", kwargs={"seller_id": seller.pk})).text


def test_the_page_says_how_far_it_is_and_hands_the_file_out(client: Client) -> None:
    seller = signed_in_seller(client, name="Glow & Co")
    address = reverse("download", kwargs={"seller_id": seller.pk})
    assert "No file yet" in page_of(client, seller)
    assert client.post(address).headers["Location"] == address
    assert "It waits for its turn." in page_of(client, seller)
    assert 'hx-trigger="every 3s"' in page_of(client, seller)
    export = services.take_up(now=timezone.now())
    assert export is not None
    services.note_progress(export=export, rows=1200, rows_done=300, now=timezone.now())
    assert "300 of 1,200 records written" in page_of(client, seller)
    assert 'value="25"' in page_of(client, seller)
    work(at=timezone.now() + Export.lease)
    page = page_of(client, seller)
    assert "Your file is ready" in page
    assert "hx-trigger" not in page
    response = client.get(reverse("download_file", kwargs={"seller_id": seller.pk, "export_id": export.pk}))
    assert ZipFile(BytesIO(content_of(response))).testzip() is None
    assert 'attachment; filename="glow-co-download-' in response["Content-Disposition"]


def test_the_page_of_a_file_that_was_deleted_or_not_made(client: Client) -> None:
    seller = signed_in_seller(client)
    export = made(seller, now=ago(days=9))
    address = reverse("download_file", kwargs={"seller_id": seller.pk, "export_id": export.pk})
    assert client.get(address).status_code == 404
    assert "Your last file was deleted" in page_of(client, seller)
    Export.objects.update(state="failed", due_at=None, stored_name="", expires_at=None)
    assert "The file could not be made" in page_of(client, seller)


def test_a_file_that_the_disk_lost_is_not_found(client: Client) -> None:
    seller = signed_in_seller(client)
    export = made(seller, now=ago(hours=1))
    storages["attachments"].delete(export.stored_name)
    address = reverse("download_file", kwargs={"seller_id": seller.pk, "export_id": export.pk})
    assert client.get(address).status_code == 404


def test_somebody_elses_download_is_not_found(client: Client, seller: Seller) -> None:
    export = made(seller, now=ago(hours=1))
    own = signed_in_seller(client)
    page = reverse("download", kwargs={"seller_id": seller.pk})
    assert (client.get(page).status_code, client.post(page).status_code) == (404, 404)
    for seller_id in (seller.pk, own.pk):
        file = reverse("download_file", kwargs={"seller_id": seller_id, "export_id": export.pk})
        assert client.get(file).status_code == 404


@pytest.mark.parametrize("exports", [1, 3])
def test_the_page_asks_no_more_for_many(client: Client, exports: int) -> None:
    seller = signed_in_seller(client)
    for number in range(exports):
        made(seller, now=ago(hours=9 - number))
    page_of(client, seller)
    with CaptureQueriesContext(connection) as captured:
        page_of(client, seller)
    assert len(captured) == 6, [query["sql"] for query in captured]


# --- Its size does not matter


def test_records_are_not_kept_in_memory(seller: Seller) -> None:
    """Thirty thousand messages, which together would take thirty megabytes and more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_message (seller_id, kind, template, notice_subject, notice_body, posted_at) "
            "SELECT %s, 'notice', 'notice', 'Hello', repeat('word ', 200), %s FROM generate_series(1, 30000)",
            [seller.pk, NOW],
        )
    asked(seller)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert Export.objects.get().rows_done > 30_000
    assert peak < 10_000_000


@pytest.mark.parametrize("kind", HOLDINGS)
def test_the_documentation_names_every_kind_of_record(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs" / "files.md").read_text()


def test_export_says_whose_it_is(seller: Seller) -> None:
    assert str(Export(pk=7, seller=seller)) == f"Download 7 of {seller}"


# --- Who may


def test_viewer_neither_makes_nor_takes_the_file(client: Client) -> None:
    seller = signed_in_seller(client)
    here = reverse("download", kwargs={"seller_id": seller.pk})
    export = made(seller, now=timezone.now())
    file = reverse("download_file", kwargs={"seller_id": seller.pk, "export_id": export.pk})
    assert file in client.get(here).text
    become("viewer", seller)
    text = client.get(here).text
    assert "Its owners and managers download it." in text
    assert file not in text
    assert '<form method="post">' not in text.partition("download-state")[2].partition("</section>")[0]
    for answer in (client.get(file), client.post(here)):
        assert answer.headers["Location"] == here
    assert "Its owners and managers download it." in client.get(here).text
    assert Export.objects.count() == 1


@pytest.mark.parametrize("role", ["owner", "manager"])
def test_owners_and_managers_make_the_file(seller: Seller, role: str) -> None:
    person = seller.users.get()
    become(role, seller)
    assert ask_for_export(seller=seller, asked_by=person, now=NOW).asked_by == person
