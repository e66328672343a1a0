from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404

from accounts.models import User
from audit.models import AuditEntry
from inbox.models import Message
from kit.outcomes import Refused
from sellers.models import Market
from tests.credits import credit_points
from tests.factories import NOW, MarketFactory, MemberFactory, PolicyFactory, SellerFactory, UserFactory, draft, issue
from tests.threads import jobs_at_once
from tests.violations.appealing import DENIAL, HTML, JPEG, PDF, PNG, WEBP, appeal_against, take_back, upload
from violations import tasks
from violations.attachments import download, sweep_orphans
from violations.models import (
    MAX_APPEAL_TEXT,
    MAX_ATTACHMENT_BYTES,
    Appeal,
    AppealAttachment,
    EnforcementAction,
    PointsEntry,
    Violation,
)
from violations.selectors import get_standing
from violations.services import (
    deny_appeal,
    grant_appeal,
    grant_partly,
    issue_violation,
    void_violation,
    withdraw_appeal,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

LATER = NOW + timedelta(days=2)


@pytest.fixture
def violation() -> Violation:
    return issue(MemberFactory().seller, PolicyFactory(name="Giveaways", points=4))


@pytest.fixture
def reviewer() -> User:
    user: User = UserFactory(is_staff=True)
    return user


def stored(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def appeal_messages() -> list[str]:
    return [message.subject for message in Message.objects.filter(kind="appeal").order_by("id")]


# --- Filing


def test_filing_keeps_who_said_what_when_and_tells_the_seller(violation: Violation) -> None:
    person = UserFactory()
    appeal = appeal_against(violation, text="  It was a quote.\n", filed_by=person, now=LATER)
    assert (appeal.text, appeal.filed_at, appeal.filed_by) == ("It was a quote.", LATER, person)
    assert (appeal.state, appeal.is_open, appeal.outcome) == ("open", True, "Open")
    message = Message.objects.get(kind="appeal")
    assert (message.subject, message.path) == ("Appeal filed: Giveaways", appeal.get_absolute_url())


def test_filing_is_possible_until_the_last_moment_of_the_window_and_not_after(violation: Violation) -> None:
    with pytest.raises(Refused, match="time to appeal this violation has ended"):
        appeal_against(violation, now=violation.appeal_until)
    last = violation.appeal_until - timedelta(microseconds=1)
    assert appeal_against(violation, now=last).filed_at == last


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (MAX_APPEAL_TEXT + 1)])
def test_filing_without_words_or_with_too_many_is_refused(violation: Violation, text: str) -> None:
    with pytest.raises(Refused) as caught:
        appeal_against(violation, text=text)
    assert caught.value.field == "text"
    assert appeal_against(violation, text="x" * MAX_APPEAL_TEXT).pk


def test_an_open_appeal_blocks_another_until_it_is_withdrawn(violation: Violation) -> None:
    first = appeal_against(violation)
    with pytest.raises(Refused, match="open already"):
        appeal_against(violation)
    person = MemberFactory(seller=violation.seller).user
    withdraw_appeal(appeal=first, withdrawn_by=person, now=LATER)
    assert (first.state, first.withdrawn_at, first.withdrawn_by) == ("withdrawn", LATER, person)
    assert appeal_against(violation, now=LATER).is_open


def test_a_second_appeal_after_a_denial_is_refused_and_the_redress_is_named(
    violation: Violation, reviewer: User
) -> None:
    deny_appeal(appeal=appeal_against(violation), reason=DENIAL, decided_by=reviewer, now=LATER)
    with pytest.raises(Refused) as caught:
        appeal_against(violation, now=LATER)
    assert str(caught.value) == (
        "This violation was appealed already, and the appeal was denied. If you disagree, turn to seller support of "
        f"{violation.market}. Give the reference {violation.external_id}."
    )


@pytest.mark.parametrize("again", ["partly", "granted"])
def test_a_second_appeal_after_any_decision_is_refused(violation: Violation, reviewer: User, again: str) -> None:
    appeal = appeal_against(violation)
    if again == "partly":
        grant_partly(appeal=appeal, points=1, reason="Half.", decided_by=reviewer, now=LATER)
    else:
        grant_appeal(appeal=appeal, decided_by=reviewer, now=LATER)
    with pytest.raises(Refused, match="appealed already" if again == "partly" else "nothing to appeal"):
        appeal_against(violation, now=LATER)


def test_market_names_the_redress(violation: Violation, reviewer: User) -> None:
    violation.market.redress = "You can bring it to the dispute body of Utopia, free of charge."
    violation.market.redress_url = "https://disputes.example/new"
    violation.market.save()
    deny_appeal(appeal=appeal_against(violation), reason=DENIAL, decided_by=reviewer, now=LATER)
    route = "You can bring it to the dispute body of Utopia, free of charge"
    with pytest.raises(Refused) as refused:
        appeal_against(violation, now=LATER)
    assert f"{route} (https://disputes.example/new). Give the reference" in str(refused.value)
    body = Message.objects.get(template="appeal_denied").body
    assert f"{route} (<https://disputes.example/new>). Give the reference {violation.external_id}." in body


def test_appeal_is_to_be_decided_within_the_markets_days_as_they_were_at_filing(violation: Violation) -> None:
    Market.objects.update(appeal_decision_days=5)
    appeal = appeal_against(violation, now=LATER)
    Market.objects.update(appeal_decision_days=50)
    appeal.refresh_from_db()
    assert appeal.decide_by == LATER + timedelta(days=5)


def test_withdrawn_appeal_can_be_filed_again_within_the_window_only(violation: Violation) -> None:
    take_back(appeal_against(violation), now=LATER)
    take_back(appeal_against(violation, now=LATER), now=LATER)
    with pytest.raises(Refused, match="time to appeal this violation has ended"):
        appeal_against(violation, now=violation.appeal_until)
    last = violation.appeal_until - timedelta(microseconds=1)
    assert appeal_against(violation, now=last).is_open
    assert [appeal.state for appeal in violation.appeals.order_by("id")] == ["withdrawn", "withdrawn", "open"]


@pytest.mark.parametrize("points_count", [True, False])
def test_appeal_can_be_filed_and_granted_while_and_after_its_points_expire(reviewer: User, points_count: bool) -> None:
    """Points count for 20 days here, the window is 30 days: what is challenged is the violation, not its points."""
    seller = SellerFactory(market=MarketFactory(points_valid_days=20))
    violation = issue(seller, PolicyFactory(points=4))
    expiry = NOW + timedelta(days=20)
    filed = expiry - timedelta(microseconds=1) if points_count else expiry
    appeal = appeal_against(violation, now=filed)
    decided = expiry + timedelta(days=1)
    with pytest.raises(Refused, match="no points left to credit"):
        grant_partly(appeal=appeal, points=1, reason="Half.", decided_by=reviewer, now=decided)
    grant_appeal(appeal=appeal, decided_by=reviewer, now=decided)
    violation.refresh_from_db()
    assert not violation.is_standing
    assert violation.entries.count() == 1  # nothing was left to reverse
    assert [get_standing(seller=seller, as_of=at).total for at in [expiry - timedelta(seconds=1), expiry]] == [4, 0]


def test_a_voided_violation_cannot_be_appealed(violation: Violation) -> None:
    void_violation(violation=violation, reason="A mistake.", voided_by=None, now=NOW)
    with pytest.raises(Refused, match="voided: there is nothing to appeal"):
        appeal_against(violation, now=LATER)


# --- Attachments


@pytest.mark.parametrize(
    ("content", "found"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp"), (PDF, "application/pdf")],
)
def test_attachment_type_is_found_in_its_content(
    violation: Violation, attachments_root: Path, content: bytes, found: str
) -> None:
    appeal = appeal_against(violation, attachments=[upload("C:\\shots\\pro\x00of.html", content, "text/html")])
    attachment = appeal.attachments.get()
    assert (attachment.name, attachment.content_type, attachment.size) == ("proof.html", found, len(content))
    assert stored(attachments_root) == [attachment.stored_name]
    assert (attachments_root / attachment.stored_name).read_bytes() == content


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([upload(content=HTML)], "“proof.png” is not a PNG, JPEG, WebP or PDF file"),
        ([upload(content=b"\n" + PNG)], "is not a PNG"),
        ([upload(content=b"RIFF\x10\x00\x00\x00WAVEfmt ")], "is not a PNG"),
        ([upload(content=b"")], "is empty"),
        ([upload(), upload("big.png", PNG + b"\x00" * MAX_ATTACHMENT_BYTES)], "“big.png” is larger than 10 MB"),
        ([upload()] * 6, "at most 5 files"),
    ],
)
def test_attachment_that_is_not_taken_refuses_the_appeal_and_leaves_nothing(
    violation: Violation, attachments_root: Path, files: list[Any], message: str
) -> None:
    with pytest.raises(Refused, match=message) as caught:
        appeal_against(violation, attachments=files)
    assert caught.value.field == "attachments"
    assert (Appeal.objects.count(), stored(attachments_root)) == (0, [])


def test_five_attachments_of_the_largest_size_are_taken_in_their_order(
    violation: Violation, attachments_root: Path
) -> None:
    largest = PNG + b"\x00" * (MAX_ATTACHMENT_BYTES - len(PNG))
    appeal = appeal_against(violation, attachments=[upload(f"{n}.png", largest) for n in range(5)])
    assert [attachment.name for attachment in appeal.attachments.all()] == [f"{n}.png" for n in range(5)]
    assert len(stored(attachments_root)) == 5


def test_refused_appeal_leaves_no_file_behind(violation: Violation, attachments_root: Path) -> None:
    with pytest.raises(Refused):
        appeal_against(violation, now=violation.appeal_until, attachments=[upload()])
    assert stored(attachments_root) == []


def test_download_never_opens_in_the_browser(violation: Violation) -> None:
    attachment = appeal_against(violation, attachments=[upload("page.html", PDF, "text/html")]).attachments.get()
    response = download(attachment)
    assert b"".join(response) == PDF
    response.close()
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="page.html.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_download_of_a_file_that_is_gone_is_not_found(violation: Violation, attachments_root: Path) -> None:
    attachment = appeal_against(violation, attachments=[upload("\u200b", PNG)]).attachments.get()
    assert attachment.name == "file"  # a name that cannot be seen is none
    (attachments_root / attachment.stored_name).unlink()
    with pytest.raises(Http404):
        download(attachment)


def aged(root: Path, name: str, *, days: float) -> None:
    written = (NOW - timedelta(days=days)).timestamp()
    os.utime(root / name, (written, written))


def test_sweep_removes_old_files_that_no_row_names_and_no_others(violation: Violation, attachments_root: Path) -> None:
    kept = appeal_against(violation, attachments=[upload(), upload()]).attachments.all()
    for name, days in [("orphan", 3), ("another", 30), ("arriving", 1)]:
        (attachments_root / name).write_bytes(PNG)
        aged(attachments_root, name, days=days)
    for attachment in kept:
        aged(attachments_root, attachment.stored_name, days=300)
    assert sweep_orphans(now=NOW, batch=2) == 2
    assert stored(attachments_root) == sorted([*(attachment.stored_name for attachment in kept), "arriving"])
    assert sweep_orphans(now=NOW) == 0


def test_sweep_passes_over_what_somebody_else_removed_meanwhile(attachments_root: Path) -> None:
    attachments_root.mkdir(exist_ok=True)
    (attachments_root / "gone").symlink_to(attachments_root / "nothing")  # listed, but there is no file
    (attachments_root / "orphan").write_bytes(PNG)
    aged(attachments_root, "orphan", days=3)
    assert sweep_orphans(now=NOW) == 1
    assert (stored(attachments_root), (attachments_root / "gone").is_symlink()) == ([], True)


def test_sweep_finds_nothing_where_nothing_was_ever_attached(attachments_root: Path) -> None:
    tasks.sweep_attachments()
    assert not attachments_root.exists() or stored(attachments_root) == []


# --- Withdrawing


def test_only_an_open_appeal_is_withdrawn(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=LATER)
    with pytest.raises(Refused, match="not open any more"):
        take_back(appeal, now=LATER)


# --- Granting


def test_granting_voids_reverses_lifts_and_tells_in_one_message(reviewer: User) -> None:
    seller = MemberFactory().seller
    small, large = PolicyFactory(points=4), PolicyFactory(name="Giveaways", points=8)
    issue(seller, small)
    violation = issue(seller, large)
    credit_points(violation=violation, points=1, reason="Quiz passed", now=NOW)
    appeal = appeal_against(violation)
    before = Message.objects.count()
    grant_appeal(appeal=appeal, reason="The host quoted a customer.", decided_by=reviewer, now=LATER)
    violation.refresh_from_db()
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by, appeal.decided_at) == ("granted", reviewer, LATER)
    assert (violation.voided_at, violation.voided_by) == (LATER, reviewer)
    assert violation.void_reason == "The host quoted a customer."
    assert [entry.points for entry in violation.entries.order_by("id")] == [8, -1, -7]
    assert EnforcementAction.objects.get().lifted_at == LATER
    assert get_standing(seller=seller, as_of=LATER).total == 4
    assert Message.objects.count() == before + 1
    message = Message.objects.get(template="appeal_granted")
    assert message.kind == "appeal"
    assert "The host quoted a customer." in message.body
    assert "Its remaining points (7) no longer count." in message.body
    assert "restriction it led to is lifted" in message.body


def test_granting_without_a_reason_says_that_it_was_granted(violation: Violation, reviewer: User) -> None:
    grant_appeal(appeal=appeal_against(violation), decided_by=reviewer, now=LATER)
    violation.refresh_from_db()
    assert violation.void_reason == "Your appeal was granted."


def test_granting_after_the_points_expired_voids_and_reverses_nothing(reviewer: User) -> None:
    seller = SellerFactory(market__appeal_days=200)
    violation = issue(seller, PolicyFactory(points=4))
    expired = NOW + timedelta(days=181)
    appeal = appeal_against(violation, now=expired)
    grant_appeal(appeal=appeal, decided_by=reviewer, now=expired)
    violation.refresh_from_db()
    assert not violation.is_standing
    assert [entry.points for entry in violation.entries.all()] == [4]


# --- Granting in part


def test_partial_grant_credits_points_and_the_violation_stands(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    grant_partly(appeal=appeal, points=3, reason=" Half of it was a quote. ", decided_by=reviewer, now=LATER)
    violation.refresh_from_db()
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decision_reason) == ("partly", "Half of it was a quote.")
    assert appeal.credit is not None
    assert (appeal.credit.points, appeal.credit.kind, appeal.credit.created_by) == (-3, "credit", reviewer)
    assert violation.is_standing
    assert get_standing(seller=violation.seller, as_of=LATER).total == 1
    body = Message.objects.get(template="appeal_partly_granted").body
    assert body.startswith("3 points were taken off the violation of ")
    assert "; 1 left." in body
    assert "turn to seller support" in body


@pytest.mark.parametrize("points", [-1, 0, 5])
def test_partial_grant_takes_between_one_and_what_is_left(violation: Violation, reviewer: User, points: int) -> None:
    appeal = appeal_against(violation)
    with pytest.raises(Refused, match="between 1 and the 4") as caught:
        grant_partly(appeal=appeal, points=points, reason="Some.", decided_by=reviewer, now=LATER)
    assert caught.value.field == "points"
    assert PointsEntry.objects.count() == 1


def test_partial_grant_can_take_all_that_is_left(violation: Violation, reviewer: User) -> None:
    credit_points(violation=violation, points=3, reason="Quiz passed", now=NOW)
    grant_partly(appeal=appeal_against(violation), points=1, reason="All.", decided_by=reviewer, now=LATER)
    assert "1 point was taken off" in Message.objects.get(template="appeal_partly_granted").body
    assert get_standing(seller=violation.seller, as_of=LATER).total == 0


def test_partial_grant_without_points_left_is_refused(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    credit_points(violation=violation, points=4, reason="Quiz passed", now=NOW)
    with pytest.raises(Refused, match="no points left to credit"):
        grant_partly(appeal=appeal, points=1, reason="Some.", decided_by=reviewer, now=LATER)


# --- Deciding


def test_denial_keeps_everything_and_says_why_and_where_to_turn(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    deny_appeal(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=LATER)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decision_reason) == ("denied", DENIAL)
    assert get_standing(seller=violation.seller, as_of=LATER).total == 4
    assert appeal_messages() == ["Appeal filed: Giveaways", "Appeal denied: Giveaways"]
    body = Message.objects.get(template="appeal_denied").body
    assert DENIAL in body
    assert violation.external_id in body


@pytest.mark.parametrize("reason", ["No.", " " * 50 + "It is on tape." + " " * 50, "x" * 39])
def test_denial_that_answers_nothing_is_refused(violation: Violation, reviewer: User, reason: str) -> None:
    appeal = appeal_against(violation)
    with pytest.raises(Refused, match="Answer what the seller says, in at least 40 characters") as caught:
        deny_appeal(appeal=appeal, reason=reason, decided_by=reviewer, now=LATER)
    assert caught.value.field == "reason"
    assert deny_appeal(appeal=appeal, reason="x" * 40, decided_by=reviewer, now=LATER).state == "denied"


DECISIONS: list[Callable[..., Appeal]] = [
    grant_appeal,
    lambda **given: grant_partly(points=1, **given),
    deny_appeal,
]


@pytest.mark.parametrize("decide", DECISIONS)
def test_whoever_issued_does_not_decide(reviewer: User, decide: Callable[..., Appeal]) -> None:
    seller, policy = SellerFactory(), PolicyFactory()
    violation = issue_violation(
        market=seller.market, draft=draft(seller, policy), source="admin", now=NOW, issued_by=reviewer
    )
    appeal = appeal_against(violation)
    with pytest.raises(Refused, match="somebody else decides"):
        decide(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=LATER)
    assert decide(appeal=appeal, reason=DENIAL, decided_by=UserFactory(), now=LATER).decided_at == LATER


@pytest.mark.parametrize("again", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS)
def test_deciding_twice_is_refused(
    violation: Violation, reviewer: User, first: Callable[..., Appeal], again: Callable[..., Appeal]
) -> None:
    appeal = appeal_against(violation)
    stale = Appeal.objects.get()
    first(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=LATER)
    told = Message.objects.count()
    with pytest.raises(Refused, match="not open any more"):
        again(appeal=stale, reason=DENIAL, decided_by=reviewer, now=LATER)
    assert Message.objects.count() == told


@pytest.mark.parametrize("decide", DECISIONS[1:])
def test_denial_and_partial_grant_need_a_reason(
    violation: Violation, reviewer: User, decide: Callable[..., Appeal]
) -> None:
    with pytest.raises(Refused) as caught:
        decide(appeal=appeal_against(violation), reason=" \n", decided_by=reviewer, now=LATER)
    assert caught.value.field == "reason"


def test_voiding_the_violation_for_another_reason_settles_its_appeal(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    void_violation(violation=violation, reason="A faulty detector.", voided_by=None, now=NOW)
    appeal.refresh_from_db()
    assert (appeal.is_open, appeal.outcome) == (False, "Settled")
    assert Appeal.objects.open().count() == 0
    with pytest.raises(Refused, match="not open any more: settled"):
        deny_appeal(appeal=appeal, reason=DENIAL, decided_by=reviewer, now=LATER)
    with pytest.raises(Refused, match="not open any more"):
        take_back(appeal, now=LATER)


# --- Real threads


@pytest.mark.django_db(transaction=True)
def test_of_several_reviewers_at_once_one_decides() -> None:
    violation = issue(MemberFactory().seller, PolicyFactory(points=4))
    appeal = appeal_against(violation)
    reviewers = UserFactory.create_batch(6)
    jobs = [
        lambda decide=DECISIONS[n % 3], person=person: decide(
            appeal=Appeal.objects.get(), reason=DENIAL, decided_by=person, now=LATER
        )
        for n, person in enumerate(reviewers)
    ]
    results = jobs_at_once(*jobs)
    assert sorted(type(result).__name__ for result in results) == ["Appeal", *["Refused"] * 5]
    appeal.refresh_from_db()
    assert appeal.decided_by == reviewers[[type(result) for result in results].index(Appeal)]
    assert Message.objects.filter(kind="appeal").count() == 2
    assert PointsEntry.objects.count() <= 2


@pytest.mark.django_db(transaction=True)
def test_of_several_filings_at_once_one_is_kept(attachments_root: Path) -> None:
    violation = issue(MemberFactory().seller, PolicyFactory())
    people = UserFactory.create_batch(5)
    jobs = [
        lambda person=person: appeal_against(Violation.objects.get(), filed_by=person, attachments=[upload()])
        for person in people
    ]
    results = jobs_at_once(*jobs)
    assert sorted(type(result).__name__ for result in results) == ["Appeal", *["Refused"] * 4]
    assert violation.appeals.count() == 1
    assert stored(attachments_root) == [AppealAttachment.objects.get().stored_name]


@pytest.mark.django_db(transaction=True)
def test_deciding_and_withdrawing_at_once_do_one_of_the_two() -> None:
    violation = issue(MemberFactory().seller, PolicyFactory(points=4))
    member, person = appeal_against(violation).filed_by, UserFactory()
    results = jobs_at_once(
        lambda: withdraw_appeal(appeal=Appeal.objects.get(), withdrawn_by=member, now=LATER),
        lambda: grant_appeal(appeal=Appeal.objects.get(), decided_by=person, now=LATER),
    )
    assert sorted(type(result).__name__ for result in results) == ["Appeal", "Refused"]
    violation.refresh_from_db()
    assert violation.is_standing == (Appeal.objects.get().state == "withdrawn")


@pytest.mark.parametrize(
    ("action", "outcome", "decide"),
    [
        ("grant", "Granted", grant_appeal),
        ("grant_partly", "Partly granted", partial(grant_partly, points=1)),
        ("deny", "Denied", deny_appeal),
    ],
)
def test_decision_is_in_the_history_of_the_appeal_and_of_its_violation(
    violation: Violation, reviewer: User, action: str, outcome: str, decide: Callable[..., Appeal]
) -> None:
    appeal = appeal_against(violation)
    reason = f" {DENIAL} "
    decided = decide(appeal=appeal, decided_by=reviewer, now=LATER, reason=reason)
    assert decided.decision_reason == DENIAL
    entries = AuditEntry.objects.filter(action=action, person=reviewer)
    of_appeal = entries.get(kind="violations.appeal", object_id=str(appeal.pk))
    of_violation = entries.get(kind="violations.violation", object_id=str(appeal.violation_id))
    assert (of_appeal.note, of_violation.note) == (f"{outcome}: {DENIAL}", f"Appeal {outcome.lower()}: {DENIAL}")
    assert {"state", "decided_at", "decided_by"} <= {change["field"] for change in of_appeal.changes}
    assert bool(of_violation.changes) == (action == "grant")


def test_partly_granted_appeal_is_refused_by_field(violation: Violation, reviewer: User) -> None:
    appeal = appeal_against(violation)
    for points in (0, 99):
        with pytest.raises(Refused) as caught:
            grant_partly(appeal=appeal, points=points, reason=DENIAL, decided_by=reviewer, now=LATER)
        assert caught.value.field == "points"
    with pytest.raises(Refused) as caught:
        deny_appeal(appeal=appeal, reason=" \u200b ", decided_by=reviewer, now=LATER)
    assert caught.value.field == "reason"
