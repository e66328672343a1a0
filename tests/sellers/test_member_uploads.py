"""Inviting many people by a file: each line is checked, somebody confirms, and nobody is invited twice."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEmail, User
from audit.models import AuditEntry
from kit.jobs.claims import claim
from kit.outcomes import Refused
from sellers.models import Invitation, Market, MemberUpload, Seller
from sellers.rules import INVITATION_LASTS, MAX_INVITATIONS_PER_DAY, MAX_OPEN_INVITATIONS
from sellers.selectors import outcomes_of
from sellers.services import (
    MemberDraft,
    confirm_members,
    discard_members,
    member_uploads,
    put_members,
    receive_members,
    remove_member,
    send_next_upload,
)
from sellers.tasks import send_member_uploads
from tests.factories import NOW, MarketFactory, MemberFactory, SellerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    found: Market = MarketFactory()
    return found


@pytest.fixture
def seller(market: Market) -> Seller:
    found: Seller = SellerFactory(market=market, external_id="glow-1")
    return found


@pytest.fixture
def operator() -> User:
    found: User = UserFactory(is_staff=True)
    return found


def file_of(*lines: str, header: str = "seller,email,role", name: str = "members.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join([header, *lines]).encode())


def received(market: Market, *lines: str, **kwargs: Any) -> MemberUpload:
    by = UserFactory(is_staff=True)
    return receive_members(market=market, file=file_of(*lines, **kwargs), uploaded_by=by, now=timezone.now())


def outcomes(upload: MemberUpload) -> list[tuple[int, str, str]]:
    return [(one.line, one.outcome, one.field) for one in upload.lines.order_by("line")]


def confirm(upload: MemberUpload, *, by: User | None = None) -> None:
    count = outcomes_of(upload).to_send
    by = by or UserFactory(is_staff=True)
    confirm_members(upload=upload, confirmed=count, confirmed_by=by, now=timezone.now())


def send() -> bool:
    return send_next_upload(clock=timezone.now)


# --- The check


def test_each_line_says_what_would_happen_and_nobody_is_invited(market: Market, seller: Seller) -> None:
    MemberFactory(seller=seller, user__email="owner@glow.example")
    upload = received(
        market,
        "glow-1,new@glow.example,manager",
        "glow-1,Owner@Glow.example,owner",
        "glow-1,owner@glow.example,viewer",
        "glow-2,new@glow.example,owner",
        "glow-1,not-an-address,owner",
        "glow-1,new@glow.example,manager",
        "glow-1,third@glow.example,boss",
        ",fourth@glow.example,owner",
        "glow-1,fifth@glow.example,",
    )
    assert outcomes(upload) == [
        (2, "invite", ""),
        (3, "present", ""),
        (4, "refused", "role"),
        (5, "refused", "seller"),
        (6, "refused", "email"),
        (7, "present", ""),
        (8, "refused", "role"),
        (9, "refused", "seller"),
        (10, "invite", ""),
    ]
    assert not Invitation.objects.exists()
    assert not AccountEmail.objects.exists()


def test_who_was_removed_or_turned_away_by_the_seller_is_refused(market: Market, seller: Seller) -> None:
    owner = MemberFactory(seller=seller).user
    draft = MemberDraft("glow-1", "gone@glow.example", "viewer")
    put_members(market=market, drafts=[draft], now=NOW)
    gone = MemberFactory(seller=seller, user__email="gone@glow.example", role="viewer").user
    Invitation.objects.update(accepted_at=NOW, accepted_by=gone)
    remove_member(seller=seller, user=gone, now=NOW, removed_by=owner)
    put_members(market=market, drafts=[MemberDraft("glow-1", "no@glow.example", "viewer")], now=NOW)
    Invitation.objects.filter(email="no@glow.example").update(withdrawn_at=NOW)
    upload = received(market, "glow-1,gone@glow.example,viewer", "glow-1,no@glow.example,viewer")
    assert outcomes(upload) == [(2, "refused", "email"), (3, "refused", "email")]


def test_invitation_that_is_over_or_for_another_role_is_sent_again(market: Market, seller: Seller) -> None:
    drafts = [MemberDraft("glow-1", f"{name}@glow.example", "viewer") for name in ("over", "other", "good")]
    put_members(market=market, drafts=drafts, now=timezone.now())
    past = timezone.now() - INVITATION_LASTS - timedelta(days=1)
    over = Invitation.objects.filter(email="over@glow.example")
    over.update(created_at=past, sent_at=past, expires_at=past + INVITATION_LASTS)
    upload = received(
        market, "glow-1,over@glow.example,viewer", "glow-1,other@glow.example,owner", "glow-1,good@glow.example,viewer"
    )
    assert [outcome for _line, outcome, _field in outcomes(upload)] == ["again", "again", "present"]


def test_check_counts_what_the_file_itself_would_open(market: Market, seller: Seller) -> None:
    lines = [f"glow-1,p{number}@glow.example,viewer" for number in range(MAX_OPEN_INVITATIONS + 1)]
    found = [outcome for _line, outcome, _field in outcomes(received(market, *lines))]
    assert found == ["invite"] * MAX_OPEN_INVITATIONS + ["refused"]


def test_check_counts_those_of_the_day_that_are_open_no_more(market: Market, seller: Seller) -> None:
    now = timezone.now()
    Invitation.objects.bulk_create(
        Invitation(
            seller=seller, email=f"q{number}@glow.example", role="viewer", secret_hash=f"{number:064}",
            created_at=now, sent_at=now, expires_at=now + INVITATION_LASTS, withdrawn_at=now,
        )
        for number in range(MAX_INVITATIONS_PER_DAY)
    )  # fmt: skip
    assert outcomes(received(market, "glow-1,new@glow.example,viewer")) == [(2, "refused", "")]


def test_check_says_what_sending_does(market: Market, seller: Seller) -> None:
    lines = [f"glow-1,p{number}@glow.example,viewer" for number in range(MAX_OPEN_INVITATIONS + 3)]
    upload = received(market, *lines, "glow-9,a@glow.example,owner", "glow-1,p1@glow.example,owner")
    before = outcomes(upload)
    confirm(upload)
    send()
    assert outcomes(upload) == before


@pytest.mark.parametrize("count", [1, 200])
def test_check_takes_the_same_queries_for_any_number(
    market: Market, seller: Seller, operator: User, count: int
) -> None:
    lines = [f"glow-1,p{number}@glow.example,viewer" for number in range(count)]
    with CaptureQueriesContext(connection) as statements:
        receive_members(market=market, file=file_of(*lines), uploaded_by=operator, now=NOW)
    assert len(statements) == 11


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (file_of(name="members.xlsx"), "Only CSV"),
        (file_of(), "holds nobody"),
        (file_of("x", header="shop;mail"), "columns missing: seller, email"),
        (SimpleUploadedFile("a.csv", b""), "empty"),
        (SimpleUploadedFile("a.csv", b"PK\x03\x04"), "spreadsheet"),
    ],
)
def test_file_that_cannot_be_read_is_refused(market: Market, operator: User, file: Any, message: str) -> None:
    with pytest.raises(Refused, match=message) as refused:
        receive_members(market=market, file=file, uploaded_by=operator, now=NOW)
    assert refused.value.field == "file"


def test_file_that_is_too_large_or_too_long_is_refused(
    market: Market, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_uploads, "MAX_LINES", 2)
    with pytest.raises(Refused, match="more than 2 lines"):
        receive_members(market=market, file=file_of(*["a,b@c.example,owner"] * 3), uploaded_by=operator, now=NOW)
    monkeypatch.setattr(member_uploads, "MAX_BYTES", 10)
    with pytest.raises(Refused, match="larger than"):
        receive_members(market=market, file=file_of("a,b@c.example,owner"), uploaded_by=operator, now=NOW)


def test_broken_line_is_refused_and_the_others_are_not(market: Market, seller: Seller) -> None:
    upload = received(market, "glow-1,a@glow.example,owner,too,many", "glow-1,b@glow.example,owner")
    assert outcomes(upload) == [(2, "refused", ""), (3, "invite", "")]


# --- Sending


def test_confirmed_file_invites_by_email(market: Market, seller: Seller, operator: User) -> None:
    upload = received(market, "glow-1,a@glow.example,manager", "glow-1,b@glow.example,")
    confirm(upload, by=operator)
    assert not Invitation.objects.exists()
    assert send()
    upload.refresh_from_db()
    assert (upload.state, upload.due_at) == ("done", None)
    invited = Invitation.objects.order_by("email").values_list("email", "role", "invited_by")
    assert [*invited] == [("a@glow.example", "manager", None), ("b@glow.example", "owner", None)]
    assert AccountEmail.objects.count() == 2
    entries = AuditEntry.objects.filter(action="invite_member", person=operator, object_id=str(seller.pk))
    assert entries.count() == 2
    assert not send()


def test_same_file_twice_invites_nobody_twice(market: Market, seller: Seller, operator: User) -> None:
    lines = ["glow-1,a@glow.example,manager", "glow-1,b@glow.example,owner"]
    first, at_once = received(market, *lines), received(market, *lines)
    for upload in (first, at_once):
        confirm(upload)
    while send():
        pass
    later = received(market, *lines)
    assert [outcome for _line, outcome, _field in outcomes(at_once)] == ["present", "present"]
    assert [outcome for _line, outcome, _field in outcomes(later)] == ["present", "present"]
    assert (Invitation.objects.count(), AccountEmail.objects.count()) == (2, 2)
    with pytest.raises(Refused, match="would invite nobody"):
        confirm(later)


def test_what_changed_since_the_check_is_said(market: Market, seller: Seller) -> None:
    upload = received(market, "glow-1,a@glow.example,manager", "glow-1,b@glow.example,viewer")
    MemberFactory(seller=seller, user__email="a@glow.example")
    confirm(upload)
    send()
    assert outcomes(upload) == [(2, "refused", "role"), (3, "invite", "")]


def test_worker_that_died_is_followed_by_one_that_goes_on(
    market: Market, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_uploads, "BATCH_LINES", 1)
    upload = received(market, "glow-1,a@glow.example,manager", "glow-1,b@glow.example,owner")
    confirm(upload)
    (claimed,) = claim(MemberUpload.objects.select_related("market", "confirmed_by"), now=timezone.now())
    assert member_uploads._send_batch(claimed, now=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    assert send_next_upload(clock=lambda: later)
    assert (Invitation.objects.count(), AccountEmail.objects.count()) == (2, 2)
    upload.refresh_from_db()
    assert upload.state == "done"


def test_task_sends_what_is_confirmed(market: Market, seller: Seller) -> None:
    confirm(received(market, "glow-1,a@glow.example,manager"))
    send_member_uploads.apply()
    assert Invitation.objects.count() == 1


def test_number_has_to_be_the_one_of_invitations(market: Market, seller: Seller, operator: User) -> None:
    upload = received(market, "glow-1,a@glow.example,manager", "glow-9,b@glow.example,owner")
    with pytest.raises(Refused, match="1 person would be invited now") as refused:
        confirm_members(upload=upload, confirmed=2, confirmed_by=operator, now=NOW)
    assert refused.value.field == "confirmed"


def test_discarded_file_invites_nobody(market: Market, seller: Seller, operator: User) -> None:
    upload = received(market, "glow-1,a@glow.example,manager")
    discard_members(upload=upload, discarded_by=operator, now=timezone.now())
    with pytest.raises(Refused):
        confirm(upload)
    with pytest.raises(Refused, match="not confirmed"):
        discard_members(upload=upload, discarded_by=operator, now=timezone.now())
    assert not send()


@pytest.mark.parametrize("fields", [{"state": "sending"}, {"state": "done"}, {"due_at": NOW}])
def test_database_refuses_what_nobody_confirmed(market: Market, operator: User, fields: dict[str, Any]) -> None:
    values = {"market": market, "name": "a.csv", "uploaded_at": NOW, "uploaded_by": operator, **fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberUpload.objects.create(**values)


# --- The pages


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:sellers_memberupload_{name}", args=args)


def test_pages_lead_from_the_file_to_the_results(admin_client: Client, market: Market, seller: Seller) -> None:
    sent = {"market": market.pk, "file": file_of("glow-1,a@glow.example,viewer", "glow-7,b@glow.example,owner")}
    answer = admin_client.post(page("add"), sent)
    upload = MemberUpload.objects.get()
    assert answer["Location"] == page("change", upload.pk)
    shown = admin_client.get(page("change", upload.pk)).text
    assert "Nobody is invited yet" in shown
    assert "No seller &#x27;glow-7&#x27; in market" in shown
    wrong = admin_client.post(page("confirm", upload.pk), {"confirmed": "2"})
    assert (wrong.status_code, Invitation.objects.count()) == (200, 0)
    assert admin_client.post(page("confirm", upload.pk), {"confirmed": "1"}).status_code == 302
    assert 'http-equiv="refresh"' in admin_client.get(page("change", upload.pk)).text
    send()
    assert "The invitations are on their way" in admin_client.get(page("change", upload.pk)).text


def test_file_of_refused_lines_says_why(admin_client: Client, market: Market, seller: Seller) -> None:
    upload = received(market, "glow-1,a@glow.example,viewer", "glow-7,=cmd@glow.example,owner")
    refused = admin_client.get(page("refused", upload.pk))
    rows = list(csv.DictReader(io.StringIO(b"".join(refused).decode("utf-8-sig"))))
    assert [(row["line"], row["field"]) for row in rows] == [("3", "seller")]
    assert not rows[0]["email"].startswith("=")
    every = list(csv.DictReader(io.StringIO(b"".join(admin_client.get(page("lines", upload.pk))).decode("utf-8-sig"))))
    assert [row["outcome"] for row in every] == ["invite", "refused"]


def test_nothing_to_confirm_is_said(admin_client: Client, market: Market, operator: User) -> None:
    upload = received(market, "glow-7,a@glow.example,viewer")
    assert "would invite nobody" in admin_client.get(page("confirm", upload.pk)).text
    discard_members(upload=upload, discarded_by=operator, now=timezone.now())
    assert "Nothing to discard" in admin_client.get(page("discard", upload.pk)).text
