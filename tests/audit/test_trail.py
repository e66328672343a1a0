"""The audit trail itself: what it holds, that it stays, and how it is looked at and exported."""

from __future__ import annotations

import ast
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from audit import trail_notes
from audit.models import AuditEntry
from audit.notes import Note
from audit.presentation import ChangeRow, history_url, line_of, moment_words, rows_of
from audit.selectors import known_actions
from audit.services import record
from audit.snapshots import HIDDEN, SnapshotRow, changes_between, snapshot
from audit.wording import ACTIONS, kind_words, row_words
from healthportal.roles import AUDITOR, REVIEWER
from sellers.models import ApiToken, Seller
from sellers.services import create_api_token
from tests.apps import APPS, ROOT
from tests.factories import (
    NOW,
    MarketFactory,
    MemberFactory,
    PolicyFactory,
    SellerFactory,
    UserFactory,
    issue,
    person_in,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:audit_auditentry_changelist")


def staff(role: str) -> tuple[Client, User]:
    user = person_in(role)
    client = Client()
    client.force_login(user)
    return client, user


@pytest.fixture
def auditor() -> Client:
    return staff(AUDITOR)[0]


def note(**fields: Any) -> AuditEntry:
    return record(**{"by": "cron on the server", "action": "void", "now": NOW, **fields})


def row(did: str, kind: str, pk: int, name: str) -> SnapshotRow:
    return SnapshotRow(did=did, kind=kind, id=pk, name=name)


def found(client: Client, **query: str) -> list[AuditEntry]:
    return list(client.get(LIST, query).context["cl"].result_list)


# --- Append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET note_kind = 'audit.published'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry CASCADE",
    ],
)
def test_trail_refuses_being_rewritten(statement: str) -> None:
    entry = note(note="Voided.")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get() == entry


def test_person_who_did_something_cannot_be_deleted_even_with_sql() -> None:
    person = UserFactory(is_staff=True)
    note(by=person)
    with pytest.raises(ProtectedError):
        person.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM accounts_user WHERE id = %s", [person.pk])
    assert AuditEntry.objects.get().person == person


def test_entry_says_who_and_what() -> None:
    for fields in ({"by": ""}, {"action": ""}):
        with pytest.raises(IntegrityError, match="audit_entry_says_who_and_what"), transaction.atomic():
            note(**fields)


def test_entry_outlives_its_object_and_keeps_the_address_of_then() -> None:
    person, seller = UserFactory(email="then@example.com"), SellerFactory(name="Gone Shop")
    entry = note(by=person, about=seller)
    pk = seller.pk
    seller.delete()
    User.objects.filter(pk=person.pk).update(email="now@example.com")
    entry.refresh_from_db()
    assert (entry.kind, entry.object_id, entry.object_name) == ("sellers.seller", str(pk), "Gone Shop")
    assert (entry.actor, entry.at) == ("then@example.com", NOW)


# --- Notes


def test_note_is_said_in_the_language_of_who_reads_it(pseudo_language: str) -> None:
    with translation.override(pseudo_language):
        entry = note(note=trail_notes.exported(count=2, form="csv", asked=""))
    assert (entry.note_kind, entry.note_facts) == ("audit.exported", {"count": 2, "form": "csv", "asked": ""})
    assert entry.note == "Exported 2 entries as csv: everything."
    with translation.override(pseudo_language):
        assert entry.note == "«Exported 2 entries as csv: «everything».»"


def test_note_that_somebody_typed_stays_as_it_is(pseudo_language: str) -> None:
    entry = note(note="Renamed by mistake.")
    with translation.override(pseudo_language):
        assert entry.note == "Renamed by mistake."
    assert note().note == ""


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("gone.app_note", {"seller": "Kim", "count": 3}, "Kim; 3"),
        ("audit.exported", {"count": 3}, "3"),
        (
            "sellers.member_added",
            {"name": "Kim", "email": "kim@example.com", "role": "gone"},
            "Kim; kim@example.com; gone",
        ),
    ],
)
def test_note_that_is_not_known_any_more_says_what_it_names(kind: str, facts: dict[str, Any], said: str) -> None:
    assert note(note=Note(kind, facts)).note == said


def test_note_is_found_by_what_it_names_and_not_by_names_of_facts(auditor: Client) -> None:
    entry = note(note=Note("gone.app_note", {"incident": "INC-77", "named": {"source": "feed 9"}}))
    assert found(auditor, q="inc-77") == found(auditor, q="feed 9") == [entry]
    assert found(auditor, q="incident") == found(auditor, q="source") == []


def test_object_is_named_in_the_language_of_the_portal(pseudo_language: str) -> None:
    violation = issue(SellerFactory(), PolicyFactory())
    with translation.override(pseudo_language):
        entry = note(about=violation)
    assert entry.object_name == f"Violation {entry.object_id}"


# --- Values


def test_changes_name_other_records_with_their_id_and_moments_in_utc() -> None:
    seller = SellerFactory(name="Old")
    before = snapshot(seller)
    market = MarketFactory(name="Elsewhere")
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Seller.objects.filter(pk=seller.pk).update(name="New", market=market, created_at=moment, signed_up_to_sell=False)
    changes = {
        change["field"]: (change["from"], change["to"]) for change in changes_between(Seller, before, snapshot(seller))
    }
    assert changes["name"] == ("Old", "New")
    assert changes["signed_up_to_sell"] == (True, False)
    assert changes["market"] == (f"{seller.market} ({seller.market_id})", f"Elsewhere ({market.pk})")
    assert changes["created_at"][1] == "2026-03-01 12:00:00 UTC"
    assert set(changes) == {"name", "signed_up_to_sell", "market", "created_at"}


def test_changes_hide_secrets() -> None:
    token, secret = create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)
    changes = changes_between(ApiToken, {}, snapshot(token))
    assert {"field": "secret_hash", "from": None, "to": HIDDEN} in changes
    assert secret not in str(changes)
    assert ApiToken.hash_of(secret) not in str(changes)


def test_changes_name_a_record_that_is_gone_by_its_id() -> None:
    changes = changes_between(Seller, {"market": 4_000_000}, {})
    assert changes == [{"field": "market", "from": "(4000000)", "to": None}]


# --- The list


@pytest.mark.parametrize("rows", [1, 3])
def test_trail_list_takes_the_same_queries_for_any_number(
    auditor: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for seller in SellerFactory.create_batch(rows):
        note(by=UserFactory(), about=seller)
    with django_assert_num_queries(9):
        assert len(found(auditor)) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_history_takes_the_same_queries_for_any_number(
    auditor: Client, rows: int, django_assert_num_queries: Any
) -> None:
    seller = SellerFactory()
    for _ in range(rows):
        note(by=UserFactory(), about=seller)
    with django_assert_num_queries(8):
        page = auditor.get(reverse("admin:sellers_seller_history", args=[seller.pk]))
    assert len(page.context["entries"]) == rows


def test_trail_is_filtered_by_person_kind_action_object_and_period(auditor: Client) -> None:
    nina, seller = UserFactory(is_staff=True), SellerFactory()
    mine = note(by=nina, about=seller, action="lift", now=NOW - timedelta(days=40))
    other = note(about=UserFactory(), note="Because of INC-77.")
    day = f"{mine.at:%Y-%m-%d}"
    only_mine: list[dict[str, str]] = [
        {"person": str(nina.pk)},
        {"kind": "sellers.seller"},
        {"action": "lift"},
        {"kind": "sellers.seller", "object_id": str(seller.pk)},
        {"from": day, "to": day},
        {"to": day},
        {"q": seller.name},
        {"q": nina.email},
    ]
    for query in only_mine:
        assert found(auditor, **query) == [mine], query
    for query in ({"person": "nobody"}, {"from": f"{NOW:%Y-%m-%d}"}, {"q": "INC-77"}):
        assert found(auditor, **query) == [other], query
    assert found(auditor, person="nonsense") == []
    assert found(auditor) == [other, mine]


def test_trail_keeps_the_other_filters_beside_the_period(auditor: Client) -> None:
    note()
    page = auditor.get(LIST, {"action": "void", "q": "cron", "from": "2026-11-01"}).text
    assert '<input type="hidden" name="action" value="void">' in page
    assert '<input type="hidden" name="q" value="cron">' in page
    assert '<input type="date" name="from" value="2026-11-01">' in page


@pytest.mark.parametrize(("day", "status"), [("yesterday", 400), ("2026-13-01", 400), ("9999-12-31", 200)])
def test_trail_takes_any_day_without_failing(auditor: Client, day: str, status: int) -> None:
    note()
    assert auditor.get(LIST, {"to": day}).status_code == status


def test_trail_is_read_by_auditors_only() -> None:
    entry = note()
    pages = [
        LIST,
        reverse("admin:audit_auditentry_change", args=[entry.pk]),
        reverse("admin:audit_auditentry_export", args=["csv"]),
    ]
    auditor, reviewer = staff(AUDITOR)[0], staff(REVIEWER)[0]
    assert [auditor.get(page).status_code for page in pages] == [200, 200, 200]
    assert [reviewer.get(page).status_code for page in pages] == [403, 403, 403]


def test_entry_page_shows_what_changed(auditor: Client) -> None:
    entry = note(changes=[{"field": "name", "from": "Old <b>", "to": "New"}], note="Renamed.")
    page = auditor.get(reverse("admin:audit_auditentry_change", args=[entry.pk])).text
    assert "Old &lt;b&gt;" in page
    assert "Renamed." in page


# --- History of a record


def test_history_is_shown_to_who_may_see_the_record_and_nobody_else() -> None:
    member = MemberFactory()
    note(about=member.seller, note="Renamed by mistake.")
    note(about=member.user, note="Made staff.")
    reviewer = staff(REVIEWER)[0]
    history = reviewer.get(reverse("admin:sellers_seller_history", args=[member.seller.pk]))
    assert "Renamed by mistake." in history.text
    assert "Times are UTC" in history.text
    assert LIST not in history.text
    assert reviewer.get(reverse("admin:accounts_user_history", args=[member.user.pk])).status_code == 403


def test_history_shows_a_page_at_a_time_and_leads_auditors_to_the_trail(auditor: Client) -> None:
    seller = SellerFactory()
    for number in range(26):
        note(about=seller, note=f"Number {number}.", now=NOW + timedelta(minutes=number))
    url = reverse("admin:sellers_seller_history", args=[seller.pk])
    first, second = auditor.get(url), auditor.get(url, {"page": "2"})
    assert "Number 25." in first.text
    assert "Number 0." not in first.text
    assert [told.entry.note for told in second.context["entries"]] == ["Number 0."]
    assert f"{LIST}?kind=sellers.seller&amp;object_id={seller.pk}" in first.text


def test_history_of_a_record_that_is_not_there_leads_away(auditor: Client) -> None:
    assert auditor.get(reverse("admin:sellers_seller_history", args=[999_999])).status_code == 302


def test_long_texts_are_folded_and_compared_word_by_word() -> None:
    old = "Say only what you can prove. " * 10
    changes = [
        {"field": "wording", "from": old, "to": old.replace("prove", "show", 1)},
        {"field": "points", "from": 2, "to": 4},
        {"of": row("added", "quizzes.choice", 1, "Yes"), "field": "is_right", "from": None, "to": True},
        {"of": row("added", "quizzes.choice", 1, "Yes"), "field": "text", "from": None, "to": old},
    ]
    wording, points, right, text = rows_of(note(changes=changes))
    assert [piece.text.strip() for piece in wording.pieces if piece.state != "same"] == ["prove", "show"]
    assert (points.label, points.before, points.after, points.pieces) == ("Points", "2", "4", ())
    assert (right.of, right.before, right.after, text.of) == ("Added choice “Yes” (1)", "–", "yes", "")
    assert [(piece.state, piece.text) for piece in text.pieces] == [("new", old)]


def test_values_are_shown_as_the_admin_writes_them() -> None:
    entry = note(
        note="Voided.",
        changes=[
            {"field": "voided_at", "from": None, "to": "2026-11-26 08:51:50 UTC"},
            {"field": "batch_size", "from": 900, "to": 12500},
            {"field": "cities", "from": ["Austin"], "to": None},
            {
                "of": row("changed", "violations.milestone", 7, "12"),
                "field": "rules",
                "from": {"days": 0},
                "to": {"days": 1000},
            },
        ],
    )
    assert [(row.label, row.before, row.after) for row in rows_of(entry)] == [
        ("Voided at", "–", "26 Nov 2026, 08:51:50 UTC"),
        ("Batch size", "900", "12,500"),
        ("Cities", "Austin", "–"),
        ("Rules", "days: 0", "days: 1,000"),
    ]
    assert line_of(entry) == (
        "Voided. Voided at: 26 Nov 2026, 08:51:50 UTC; Batch size: 900 → 12,500; Cities: Austin → –; "
        "Changed milestone “12” (7): Rules: days: 0 → days: 1,000"
    )


@pytest.mark.parametrize("did", ["added", "changed", "deleted", "merged"])
def test_what_became_of_a_row_is_written_out_when_it_is_shown(did: str) -> None:
    told = note(
        changes=[{"of": row(did, "violations.milestone", 7, "12"), "field": "kind", "from": None, "to": "warning"}]
    )
    words = f"{did.capitalize()} milestone “12” (7)" if did != "merged" else "milestone “12” (7)"
    assert line_of(told) == f"{words}: Kind: warning"
    assert row_words(row(did, "sellers.gone", 7, "12")).endswith("sellers.gone “12” (7)")


def actions_of_services() -> set[str]:
    """What services and commands write to the trail by a name of their own."""
    trees = [ast.parse(path.read_text()) for app in APPS for path in (ROOT / app).rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    recording = [call for call in calls if getattr(call.func, "id", "").startswith(("record", "_note"))]
    given = [keyword.value for call in recording for keyword in call.keywords if keyword.arg == "action"]
    return {str(value.value) for value in given if isinstance(value, ast.Constant)}


def test_every_action_that_services_write_has_words() -> None:
    assert {"void", "invite_member", "wrong_code"} <= set(ACTIONS)
    assert actions_of_services() - set(ACTIONS) == set()


def test_zeros_and_empty_values_of_what_was_added_are_left_out() -> None:
    values = [("name", "feed"), ("done", 0), ("rules", {}), ("is_active", False)]
    changes: list[dict[str, Any]] = [{"field": field, "from": None, "to": value} for field, value in values]
    of = row("added", "violations.milestone", 7, "12")
    rows = [{"of": of, "field": "points", "from": None, "to": 12}, {"of": of, "field": "days", "from": None, "to": 0}]
    bare = {"of": row("added", "sellers.member", 3, "Nina"), "field": "", "from": None, "to": None}
    added = note(action="add", changes=[*changes, *rows, bare])
    labels = [(row.of, row.label) for row in rows_of(added)]
    milestone, member = "Added milestone “12” (7)", "Added member “Nina” (3)"
    assert labels == [("", "Name"), ("", "Is active"), (milestone, "Points"), (member, "")]
    assert line_of(added) == f"Name: feed; Is active: no; {milestone}: Points: 12; {member}"
    assert [row.label for row in rows_of(note(action="change", changes=changes))] == [
        "Name", "Done", "Rules", "Is active",
    ]  # fmt: skip


def test_kind_is_in_words_and_that_of_no_model_stays(auditor: Client) -> None:
    entry = note(about=create_api_token(market=MarketFactory(), name="feed", created_by=None, now=NOW)[0])
    assert kind_words(entry.kind) == "API token"
    assert kind_words("sellers.gone") == "sellers.gone"
    note(by=UserFactory(name="Nina"), about=entry.person)
    page = auditor.get(LIST).text
    assert '<td class="field-person_or_actor">Nina</td>' in page
    assert '<td class="field-person_or_actor">cron on the server</td>' in page
    assert f"(API token {entry.object_id})" in page
    assert moment_words(NOW) in page


def test_texts_too_long_to_compare_are_shown_whole() -> None:
    old, new = "a " * 10_000, "b " * 10_000
    (row,) = rows_of(note(changes=[{"field": "wording", "from": old, "to": new}]))
    assert [piece.state for piece in row.pieces] == ["gone", "new"]


# --- Export


def export(client: Client, form: str, **query: str) -> str:
    response = client.get(reverse("admin:audit_auditentry_export", args=[form]), query)
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def test_export_as_csv_holds_what_the_filter_leaves_and_no_formula(auditor: Client) -> None:
    note(action="lift")
    note(
        by="=cmd()",
        note="@SUM(A1)",
        about=UserFactory(name="+1"),
        changes=[
            {"field": "name", "from": None, "to": "x"},
            {"field": "voided_at", "from": 12500, "to": "2026-11-26 08:51:50 UTC"},
        ],
    )
    text = export(auditor, "csv", action="void")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["actor"], row["note"], row["object"]) == ("'=cmd()", "'@SUM(A1)", "'+1")
    assert (row["at"], row["changes"]) == (
        NOW.isoformat(),
        "name: – → x; voided_at: 12500 → 2026-11-26 08:51:50 UTC",
    )


def test_export_as_ndjson_holds_the_changes_as_they_are(auditor: Client) -> None:
    person, change = UserFactory(name="Nina"), {"field": "name", "from": "=A", "to": "x"}
    entry = note(by=person, changes=[change], note="Ünïcode")
    (line,) = export(auditor, "ndjson").splitlines()
    told = json.loads(line)
    assert told["changes"] == [change]
    assert (told["id"], told["person"], told["person_id"], told["note"]) == (entry.pk, "Nina", person.pk, "Ünïcode")


def test_export_is_in_the_trail_itself_but_not_in_the_export() -> None:
    client, person = staff(AUDITOR)
    note()
    assert "export" not in export(client, "ndjson", action="void")
    own = AuditEntry.objects.get(action="export")
    assert (own.person, own.kind) == (person, "audit.auditentry")
    assert own.note == "Exported 1 entry as ndjson: action=void."


def test_export_reads_in_chunks_however_many_there_are(auditor: Client, django_assert_num_queries: Any) -> None:
    for _ in range(30):
        note(by="cron")
    response = auditor.get(reverse("admin:audit_auditentry_export", args=["ndjson"]))
    with django_assert_num_queries(1):
        assert sum(1 for _ in response.streaming_content) == 30


def test_export_refuses_other_formats_and_filters_that_make_no_sense(auditor: Client) -> None:
    assert auditor.get(reverse("admin:audit_auditentry_export", args=["xls"])).status_code == 404
    assert auditor.get(reverse("admin:audit_auditentry_export", args=["csv"]), {"from": "never"}).status_code == 400
    assert not AuditEntry.objects.exists()


def test_filter_offers_each_action_that_there_is_once(db: None) -> None:
    assert known_actions() == []

    for action in ("void", "add", "void", "change", "add"):
        note(by=UserFactory(), about=SellerFactory(), action=action)

    assert known_actions() == ["add", "change", "void"]


def test_entry_keeps_what_fits_of_long_names() -> None:
    """A name as long as it may be elsewhere does not stop what the entry tells of."""
    kept = note(by="x" * 300, action="a" * 70, about=Seller(pk=7, name="n" * 300))
    kept.refresh_from_db()
    assert (len(kept.actor), len(kept.action), len(kept.object_name)) == (254, 60, 200)


def test_entry_about_nothing_that_is_stored_has_no_id() -> None:
    kept = note(about=Seller(name="All of them"))
    assert (kept.kind, kept.object_id) == ("sellers.seller", "")


def test_folded_text_is_headed_by_what_changed_in_it() -> None:
    old = "Say only what you can prove. " * 10
    (shown,) = rows_of(note(changes=[{"field": "wording", "from": old, "to": old.replace("prove", "show", 1)}]))
    assert shown.summary == "prove"
    assert ChangeRow("Wording", "").summary == ""


def test_only_what_has_pages_in_the_admin_has_a_history() -> None:
    assert history_url(note(about=Seller(pk=7, name="Daylight"))) == reverse("admin:sellers_seller_history", args=[7])
    assert history_url(AuditEntry(kind="sellers.gone", object_id="7")) is None
    assert history_url(AuditEntry(kind="sellers.seller")) is None


def test_what_is_not_stored_has_no_values() -> None:
    assert snapshot(None) == snapshot(User(email="nobody@example.com")) == {}
