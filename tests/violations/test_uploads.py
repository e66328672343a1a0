from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.models import User
from healthportal.roles import AUDITOR, REVIEWER
from inbox.models import Message
from kit.jobs.claims import retry_job
from kit.jobs.orphans import ORPHAN_AGE
from kit.outcomes import Refused
from sellers.models import Market, Seller
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, UserFactory, issue, person_in
from violations.attachments import sweep_orphans
from violations.imports import upload_checks, upload_progress, upload_work
from violations.imports.columns import COLUMNS
from violations.imports.upload_services import confirm_upload, discard_upload, receive_upload
from violations.imports.upload_work import work_on_next
from violations.models import EnforcementAction, PointsEntry, Upload, Violation
from violations.selectors import sources_of_late

pytestmark = pytest.mark.django_db

HEADER = ["external_id", "seller", "policy", "issued_at", "facts", "detection", "automated"]
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _files(attachments_root: Path) -> None:
    """Files of its own for each test."""


@pytest.fixture
def market() -> Market:
    return MarketFactory(code="US", books_closed_until=LONG_AGO)


@pytest.fixture
def seller(market: Market) -> Seller:
    PolicyFactory(code="claims", points=4)
    return SellerFactory(market=market, external_id="glow-1")


@pytest.fixture
def person() -> User:
    return UserFactory(is_staff=True)


def row(external_id: str, **changes: str) -> dict[str, str]:
    return {
        "external_id": external_id,
        "seller": "glow-1",
        "policy": "claims",
        "issued_at": "2026-11-18T07:00:00Z",
        "facts": "The host said the cream heals eczema.",
        "detection": "staff",
        "automated": "false",
    } | changes


def csv_of(*rows: dict[str, str]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_page_names_the_columns_that_a_file_needs_and_may_have(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:violations_upload_add")).text
    assert f"Each row needs {', '.join(COLUMNS.needed)}; it may have" in page
    assert [name for name in COLUMNS.names if name not in page] == []


def upload_of(market: Market, person: User, *rows: dict[str, str], name: str = "week.csv") -> Upload:
    return receive_upload(market=market, file=ContentFile(csv_of(*rows), name), uploaded_by=person, now=NOW)


def work(*, at: Any = NOW) -> None:
    """Let a worker do all that waits."""
    while work_on_next(clock=lambda: at):
        pass


def checked(market: Market, person: User, *rows: dict[str, str], name: str = "week.csv") -> Upload:
    upload = upload_of(market, person, *rows, name=name)
    work()
    upload.refresh_from_db()
    return upload


def imported(upload: Upload, person: User) -> Upload:
    confirm_upload(upload=upload, confirmed_by=person, now=LATER)
    work(at=LATER)
    upload.refresh_from_db()
    return upload


def counts(upload: Upload) -> tuple[int, int, int]:
    return upload.created, upload.present, upload.refused


def test_the_check_tells_what_would_happen_and_does_nothing(
    market: Market, seller: Seller, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_progress, "BATCH_ROWS", 2)
    issue(seller, PolicyFactory(points=3), now=NOW - timedelta(days=9))
    rows = [
        row("a"),
        row("b"),
        row("a"),
        row("a", facts="Another."),
        row("c"),
        row("d", seller="nobody"),
        row("", facts=""),
    ]
    before = (Violation.objects.count(), PointsEntry.objects.count(), Message.objects.count())
    upload = checked(market, person, *rows)
    assert (Violation.objects.count(), PointsEntry.objects.count(), Message.objects.count()) == before
    assert (upload.state, counts(upload)) == (Upload.State.CHECKED, (3, 1, 3))
    preview = upload.preview
    assert (preview["created"], preview["present"], preview["refused"], preview["sellers"]) == (3, 1, 3, 1)
    assert preview["milestones"] == [{"points": 12, "kind": "restriction", "sellers": 1}]
    assert preview["actions"] == {"restriction": 1}
    assert [(one["external_id"], one["before"], one["after"]) for one in preview["shown"]] == [("glow-1", 3, 15)]
    assert [(problem.line, problem.external_id, problem.field) for problem in upload.problems.all()] == [
        (5, "a", "external_id"),
        (7, "d", "seller"),
        (8, "", "external_id"),
        (8, "", "facts"),
    ]


def test_the_import_does_what_the_check_said(
    market: Market, seller: Seller, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_progress, "BATCH_ROWS", 2)
    upload = checked(market, person, *(row(str(n)) for n in range(7)), row("x", policy="nothing"))
    said = upload.preview
    imported(upload, person)
    assert (upload.state, counts(upload)) == (Upload.State.DONE, (said["created"], said["present"], said["refused"]))
    assert EnforcementAction.objects.count() == sum(said["actions"].values()) == 2
    violation = Violation.objects.first()
    assert violation is not None
    assert (violation.source, violation.issued_by) == (f"upload {upload.pk}: week.csv", person)
    assert upload.problems.get().field == "policy"


def test_two_uploads_of_one_name_have_sources_of_their_own(market: Market, seller: Seller, person: User) -> None:
    name = "x" * 150 + ".csv"
    first, second = (upload_of(market, person, row("a"), name=name) for _ in range(2))
    assert first.source != second.source
    assert max(len(first.source), len(second.source)) <= 120


def test_what_was_recorded_since_the_check_is_already_there(market: Market, seller: Seller, person: User) -> None:
    upload = checked(market, person, row("a"), row("b"))
    imported(checked(market, person, row("a"), name="other.csv"), person)
    assert counts(imported(upload, person)) == (1, 1, 0)


def test_killed_worker_is_followed_by_one_that_goes_on_where_it_stopped(
    market: Market, seller: Seller, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_progress, "BATCH_ROWS", 2)
    upload = checked(market, person, *(row(str(n)) for n in range(6)))
    confirm_upload(upload=upload, confirmed_by=person, now=LATER)
    times = iter([LATER, LATER, LATER, LATER])

    class Killed(BaseException):
        pass

    def clock() -> Any:
        try:
            return next(times)
        except StopIteration:
            raise Killed from None

    with pytest.raises(Killed):
        work_on_next(clock=clock)
    upload.refresh_from_db()
    assert (upload.state, upload.last_line, counts(upload)) == (Upload.State.IMPORTING, 5, (4, 0, 0))
    assert not work_on_next(clock=lambda: LATER)  # It is still taken.
    work(at=LATER + Upload.lease)
    upload.refresh_from_db()
    assert (upload.state, counts(upload)) == (Upload.State.DONE, (6, 0, 0))
    assert Violation.objects.count() == 6


@pytest.mark.parametrize("step", ["check", "import"])
def test_worker_that_was_too_slow_leaves_the_upload_to_the_one_that_took_it_up(
    market: Market, seller: Seller, person: User, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It stood still between two batches for longer than its lease; meanwhile another one did the rest."""
    monkeypatch.setattr(upload_progress, "BATCH_ROWS", 2)
    upload = upload_of(market, person, *(row(str(n)) for n in range(6)))
    if step == "import":
        work()
        confirm_upload(upload=upload, confirmed_by=person, now=NOW)
    asked = 0

    def slow_clock() -> Any:
        nonlocal asked
        asked += 1
        if asked == 4:  # after it was taken up, and a batch was done
            assert work_on_next(clock=lambda: NOW + Upload.lease)
        return NOW if asked < 4 else NOW + Upload.lease

    assert work_on_next(clock=slow_clock)
    assert asked == 4
    upload.refresh_from_db()
    assert upload.state == (Upload.State.DONE if step == "import" else Upload.State.CHECKED)
    assert (upload.rows, counts(upload)) == (6, (6, 0, 0))
    assert Violation.objects.count() == (6 if step == "import" else 0)


def test_check_that_was_interrupted_starts_over(market: Market, seller: Seller, person: User) -> None:
    upload = upload_of(market, person, row("a"), row("b", policy="nothing"))
    Upload.objects.update(rows=5, created=5, last_line=9)
    upload.problems.create(line=3, reason="Of the check before.")
    work()
    upload.refresh_from_db()
    assert (upload.state, counts(upload)) == (Upload.State.CHECKED, (1, 0, 1))
    assert upload.problems.get().line == 3


def test_upload_that_no_worker_survives_is_given_up(
    market: Market, seller: Seller, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, moment = upload_of(market, person, row("a")), NOW

    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError("too much")

    monkeypatch.setattr(upload_checks, "issue_isolating_failures", fail)
    for wait in [*Upload.waits, Upload.lease]:
        assert work_on_next(clock=lambda: moment)  # noqa: B023  # called before it changes
        assert not work_on_next(clock=lambda: moment)  # noqa: B023  # called before the next one
        moment += wait
    assert not work_on_next(clock=lambda: moment)
    upload.refresh_from_db()
    assert (upload.state, upload.fault[:21]) == (Upload.State.FAILED, "The worker failed 5 t")
    assert upload.last_error == "MemoryError: too much"
    monkeypatch.undo()
    assert retry_job(upload, now=moment)
    work(at=moment)
    upload.refresh_from_db()
    assert (upload.state, upload.fault, upload.created) == (Upload.State.CHECKED, "", 1)


def test_row_that_the_database_refuses_keeps_no_other_from_being_imported(
    market: Market, seller: Seller, person: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE violations_violation ADD CHECK (facts <> 'unforeseen')")
    upload = checked(market, person, row("a"), row("b", facts="unforeseen"), row("c"))
    assert counts(upload) == (2, 0, 1)
    assert "The database refused it" in upload.problems.get().reason
    assert counts(imported(upload, person)) == (2, 0, 1)
    assert sorted(Violation.objects.values_list("external_id", flat=True)) == ["a", "c"]


def test_refused_rows_hold_no_formula_for_a_spreadsheet(
    client: Client, market: Market, seller: Seller, person: User
) -> None:
    upload = checked(market, person, row('=HYPERLINK("x")', policy="nothing"))
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    response = client.get(reverse("admin:violations_upload_problems", args=[upload.pk]))
    *_, line = response.getvalue().decode().splitlines()
    assert line.split(",")[1].startswith("\"'=HYPERLINK")


def test_file_whose_upload_was_never_written_is_swept(
    market: Market, seller: Seller, person: User, attachments_root: Path
) -> None:
    upload = upload_of(market, person, row("a"))
    orphan = attachments_root / "uploads" / "orphan"
    orphan.write_bytes(b"x")
    assert sweep_orphans(now=timezone.now()) == 0
    assert sweep_orphans(now=timezone.now() + ORPHAN_AGE + timedelta(hours=1)) == 1
    assert [path.name for path in orphan.parent.iterdir()] == [upload.stored_name.removeprefix("uploads/")]


def test_another_file_than_the_one_that_was_checked_is_not_imported(
    market: Market, seller: Seller, person: User, attachments_root: Path
) -> None:
    upload = checked(market, person, row("a"))
    (attachments_root / upload.stored_name).chmod(0o600)
    (attachments_root / upload.stored_name).write_bytes(csv_of(row("b")))
    imported(upload, person)
    assert (upload.state, upload.fault) == (Upload.State.FAILED, "The file is not the one that was uploaded.")
    assert not Violation.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"external_id,seller\n1,2\n", "a.csv", "missing: policy"),
        (b"PK\x03\x04", "a.csv", "is a spreadsheet"),
        (b"\n", "a.csv", "is empty"),
    ],
)
def test_file_that_cannot_be_read_says_why(market: Market, person: User, content: bytes, name: str, words: str) -> None:
    upload = receive_upload(market=market, file=ContentFile(content, name), uploaded_by=person, now=NOW)
    work()
    upload.refresh_from_db()
    assert upload.state == Upload.State.FAILED
    assert words in upload.fault


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [(b"", "a.csv", "is empty"), (b"x", "a.xlsx", "must end in one of"), (b"x" * 101, "a.csv", "larger than")],
)
def test_file_that_is_not_taken_says_why(
    market: Market, person: User, settings: Any, content: bytes, name: str, words: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(Refused, match=words) as caught:
        receive_upload(market=market, file=ContentFile(content, name), uploaded_by=person, now=NOW)
    assert caught.value.field == "file"
    assert not Upload.objects.exists()


def test_ndjson_is_the_same(market: Market, seller: Seller, person: User) -> None:
    lines = "".join(json.dumps(row(str(n))) + "\n" for n in range(3)) + "{nonsense\n"
    file = ContentFile(lines.encode(), "week.ndjson")
    upload = receive_upload(market=market, file=file, uploaded_by=person, now=NOW)
    work()
    upload.refresh_from_db()
    assert counts(upload) == (3, 0, 1)


def test_what_is_not_checked_or_creates_nothing_is_not_imported(market: Market, seller: Seller, person: User) -> None:
    waiting = upload_of(market, person, row("a"))
    with pytest.raises(Refused, match="not waiting"):
        confirm_upload(upload=waiting, confirmed_by=person, now=NOW)
    nothing = checked(market, person, row("a", policy="nothing"))
    with pytest.raises(Refused, match="create nothing"):
        confirm_upload(upload=nothing, confirmed_by=person, now=NOW)


def test_upload_is_confirmed_once_and_not_discarded_afterwards(market: Market, seller: Seller, person: User) -> None:
    upload = checked(market, person, row("a"))
    confirm_upload(upload=upload, confirmed_by=person, now=NOW)
    with pytest.raises(Refused):
        confirm_upload(upload=upload, confirmed_by=person, now=NOW)
    with pytest.raises(Refused):
        discard_upload(upload=upload, now=NOW)


def test_files_go_when_they_are_done_discarded_or_forgotten(
    market: Market,
    seller: Seller,
    person: User,
    attachments_root: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    done, dropped, forgotten = (checked(market, person, row(name), name=f"{name}.csv") for name in "abc")
    assert len(list((attachments_root / "uploads").iterdir())) == 3
    with django_capture_on_commit_callbacks(execute=True):
        imported(done, person)
        discard_upload(upload=dropped, now=NOW)
        work(at=NOW + upload_work.UPLOAD_WAITS_FOR + timedelta(seconds=1))
    forgotten.refresh_from_db()
    assert forgotten.state == Upload.State.DISCARDED
    assert list((attachments_root / "uploads").iterdir()) == []


@pytest.mark.parametrize("change", [{"state": "importing"}, {"rows": 7}])
def test_database_refuses_unconfirmed_imports_and_counts_that_do_not_add_up(
    market: Market, seller: Seller, person: User, change: dict[str, Any]
) -> None:
    upload = upload_of(market, person, row("a"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(**change)


def test_batch_takes_the_same_statements_however_many_rows(market: Market, seller: Seller, person: User) -> None:
    PolicyFactory(code="small", points=1)  # so that no milestone is reached
    taken = []
    for count in (1, 10):
        upload_of(market, person, *(row(f"{count}-{n}", policy="small") for n in range(count)))
        with CaptureQueriesContext(connection) as queries:
            assert work_on_next(clock=lambda: NOW)
        taken.append(len(queries))
    assert taken[0] == taken[1]


# --- In the admin


def sign_in(client: Client, role: str) -> User:
    user = person_in(role)
    client.force_login(user)
    return user


def url(page: str, *args: object) -> str:
    return reverse(f"admin:violations_upload_{page}", args=args)


def test_all_wrong_lines_are_counted_and_the_first_are_kept(
    client: Client, market: Market, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_progress, "PROBLEMS_KEPT", 3)
    monkeypatch.setattr("violations.admin.uploads.PROBLEMS_KEPT", 3)
    upload = checked(market, person, *(row(f"v-{number}", policy="nothing") for number in range(5)))
    assert counts(upload) == (0, 0, 5)
    assert sorted(problem.external_id for problem in upload.problems.all()) == ["v-0", "v-1", "v-2"]
    sign_in(client, REVIEWER)
    assert "The first 3 problems of a file are kept." in client.get(url("change", upload.pk)).text


def test_staff_upload_look_and_confirm(
    client: Client, market: Market, seller: Seller, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOW + timedelta(hours=1))
    reviewer = sign_in(client, REVIEWER)
    file = SimpleUploadedFile("week.csv", csv_of(*(row(name) for name in "abc"), row("d", policy="nothing")))
    response = client.post(url("add"), {"market": market.pk, "file": file})
    upload = Upload.objects.get()
    assert response.headers["Location"] == url("change", upload.pk)
    assert "Being checked" in client.get(url("change", upload.pk)).text
    work(at=upload.due_at)
    text = client.get(url("change", upload.pk)).text
    for words in ("Would be created", "Reach 12 points", "Restrictions imposed", "No published policy", "glow-1"):
        assert words in text, words
    assert not Violation.objects.exists()
    rejects = b"".join(client.get(url("problems", upload.pk)).streaming_content).decode("utf-8-sig")
    assert rejects.splitlines() == ["line,external_id,field,reason", "5,d,policy,No published policy 'nothing'."]
    assert "Import 3 violations from week.csv?" in client.get(url("confirm", upload.pk)).text
    assert client.post(url("confirm", upload.pk)).status_code == 302
    upload.refresh_from_db()
    assert (upload.state, upload.confirmed_by) == (Upload.State.IMPORTING, reviewer)
    assert sources_of_late() == [upload.source]
    work(at=upload.due_at)
    assert Violation.objects.count() == 3
    page = client.get(url("change", upload.pk))
    assert "<b>3 violations created</b>, 0 already there, 1 refused: " in page.text
    assert "3 created, 0 already there, 1 refused" in client.get(url("changelist")).text
    (link,) = [tool.url for tool in page.context["tools"] if tool.label == "Its violations"]
    assert client.get(link).context["cl"].result_count == 3
    history = [told.entry.note for told in client.get(url("history", upload.pk)).context["entries"]]
    assert sorted(history) == [
        f"Confirmed: 3 to create, SHA-256 {upload.sha256}.",
        f"Uploaded to be checked: SHA-256 {upload.sha256}.",
    ]


def test_bad_file_is_refused_at_its_field(client: Client, market: Market) -> None:
    sign_in(client, REVIEWER)
    response = client.post(url("add"), {"market": market.pk, "file": SimpleUploadedFile("week.xlsx", b"PK")})
    assert response.context["form"].errors == {"file": ["Its name must end in one of .csv, .ndjson, .jsonl."]}


def test_staff_discard(client: Client, market: Market, seller: Seller, person: User) -> None:
    sign_in(client, REVIEWER)
    upload = checked(market, person, row("a"))
    client.post(url("discard", upload.pk))
    upload.refresh_from_db()
    assert upload.state == Upload.State.DISCARDED
    assert "<p>Nothing was issued.</p>" in client.get(url("change", upload.pk)).text
    assert client.post(url("confirm", upload.pk)).status_code == 409
    assert client.post(url("discard", upload.pk)).status_code == 409


def test_file_that_cannot_be_read_says_so_first(client: Client, market: Market, person: User) -> None:
    sign_in(client, REVIEWER)
    file = SimpleUploadedFile("week.csv", b"external_id,wrong\nA,B\n")
    upload = receive_upload(market=market, file=file, uploaded_by=person, now=NOW)
    work(at=upload.due_at)
    text = client.get(url("change", upload.pk)).text
    upload.refresh_from_db()
    assert f"<p>Nothing was issued. {upload.fault}" in text.replace("&#x27;", "'")


def test_auditor_looks_and_does_nothing(client: Client, market: Market, seller: Seller, person: User) -> None:
    upload = checked(market, person, row("a"), row("b", policy="nothing"))
    sign_in(client, AUDITOR)
    assert [tool.label for tool in client.get(url("change", upload.pk)).context["tools"]] == [
        "Download what is refused"
    ]
    for page in ("confirm", "discard"):
        assert client.post(url(page, upload.pk)).status_code == 403
    assert client.post(url("add"), {"market": market.pk, "file": BytesIO(b"x")}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(
    client: Client, market: Market, person: User, count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        upload_of(market, person, row(str(n)))
    sign_in(client, REVIEWER)
    client.get(url("changelist"))
    with django_assert_num_queries(8):
        client.get(url("changelist"))
