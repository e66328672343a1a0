"""The audit passes over what the services write, and finds and names whatever was written past them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from reports.models import ReportRun, WeeklyReport
from reports.services import build_due_weeks, start_run
from sellers.models import Market, Seller
from tests.credits import credit_points
from tests.factories import LONG_AGO, NOW, MarketFactory, PolicyFactory, SellerFactory, UserFactory, draft, issue
from tests.violations.appealing import DENIAL, appeal_against, take_back
from violations.models import EnforcementAction, PointsEntry, Violation
from violations.services import (
    ask_seller,
    deny_appeal,
    grant_appeal,
    grant_partly,
    issue_violations,
    lift_action,
    void_violation,
    withdraw_request,
)

pytestmark = pytest.mark.django_db

W45_END = datetime(2026, 11, 9, 5, tzinfo=UTC)
W46_END = datetime(2026, 11, 16, 5, tzinfo=UTC)
W47_END = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def market() -> Market:
    return MarketFactory(code="US")


@pytest.fixture
def seller(market: Market) -> Seller:
    """A seller with a history: a batch over two milestones, a credit, a voided violation, a lift, a late arrival, two
    published weeks and a run that is open."""
    seller = SellerFactory(market=market, created_at=LONG_AGO)
    policy = PolicyFactory(points=8)
    issued_at = W45_END - timedelta(days=2)
    drafts = [draft(seller, policy, external_id=name, issued_at=issued_at) for name in "abc"]
    issue_violations(market=market, drafts=drafts, source="test", now=issued_at)
    kept, voided, _ = Violation.objects.order_by("external_id")
    credit_points(violation=kept, points=1, reason="Quiz passed", now=issued_at + HOUR)
    credit_points(violation=voided, points=1, reason="Quiz passed", now=issued_at + HOUR)
    build_due_weeks(market=market, now=W45_END)
    void_violation(violation=voided, reason="Issued in error.", voided_by=None, now=W45_END + HOUR)
    lift_action(
        action=EnforcementAction.objects.get(milestone__points=12),
        reason="Goodwill.",
        lifted_by=None,
        now=W45_END + HOUR,
    )
    issue(seller, policy, now=W45_END + HOUR, issued_at=W45_END - HOUR, external_id="late")
    build_due_weeks(market=market, now=W46_END)
    issue(seller, PolicyFactory(points=3), external_id="newest")
    start_run(market=market, now=W47_END)
    issue(seller, policy, now=W47_END + HOUR, external_id="in open books")
    return seller


def audit(**options: Any) -> list[str]:
    """The lines that the command prints; it has to end well."""
    out = StringIO()
    call_command("audit_ledger", stdout=out, no_color=True, **options)
    return out.getvalue().splitlines()


def problems(**options: Any) -> list[str]:
    """The lines of a command that ends badly, but for those of the checks that pass."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("audit_ledger", stdout=out, no_color=True, **options)
    assert caught.value.returncode == 1
    return [line.strip() for line in out.getvalue().splitlines() if not line.startswith("ok")]


def sql_past_the_triggers(statement: str, **parameters: Any) -> None:
    connection.check_constraints()  # Checks what was put off until the end of the transaction, while it is still true
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        assert cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")


def violation(external_id: str) -> Violation:
    return Violation.objects.get(external_id=external_id)


def assessment(external_id: str) -> PointsEntry:
    return PointsEntry.objects.get(violation__external_id=external_id, kind="assessment")


def test_audit_of_a_sound_history_ends_well_and_says_what_it_looked_at(seller: Seller) -> None:
    lines = audit()
    assert lines.pop(0).startswith("ok      8  the rules that the database holds are there, as they were written: ")
    assert lines == [
        "ok      2  a violation's entries never sum below zero: 6 violations with entries",
        "ok      7  no action takes effect before its notice: 3 actions",
        "ok      8  every correction copies the expiry of what it corrects: 3 corrections",
        "ok      8  every assessment is what its violation says: 6 violations",
        "ok      8  nothing is left of a voided violation's points: 1 voided violations",
        "ok      8  every decision on an appeal had its effect: 0 appeals",
        "ok      8  the clock of every appeal stood as long as its seller was asked: 0 appeals",
        "ok      9  the total in each published report is the sum of its entries: 2 published reports",
        "ok      1  every entry of a closed week is in exactly one run: 9 entries",
        "ok      3  places are seats of their workshop, given in order: 0 workshops",
    ]


def test_audit_of_an_empty_portal_ends_well() -> None:
    assert all(line.startswith("ok") for line in audit())


def test_audit_takes_a_statement_per_check(seller: Seller, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(11):
        audit()


def test_clock_of_an_appeal_that_does_not_agree_with_its_requests_is_found(seller: Seller) -> None:
    appeal = appeal_against(violation("newest"), now=W47_END)
    reviewer = UserFactory()
    first = ask_seller(appeal=appeal, things=["The label"], asked_by=reviewer, now=W47_END + HOUR)
    withdraw_request(request=first, withdrawn_by=reviewer, now=W47_END + 3 * HOUR)
    second = ask_seller(appeal=appeal, things=["The invoice"], asked_by=reviewer, now=W47_END + 4 * HOUR)
    assert all(line.startswith("ok") for line in audit())
    sql_past_the_triggers(
        "UPDATE violations_appeal SET decide_by = decide_by + interval '1 hour' WHERE id = %(id)s", id=appeal.pk
    )
    (line, problem) = problems()
    assert line.endswith("the clock of every appeal stood as long as its seller was asked: 1 appeals, 1 broken")
    assert problem.startswith(f"appeal {appeal.pk} is to be decided by ")
    sql_past_the_triggers(
        "UPDATE violations_appeal SET decide_by = decide_by - interval '1 hour' WHERE id = %(id)s", id=appeal.pk
    )
    sql_past_the_triggers(
        "UPDATE violations_appealrequest SET asked_at = asked_at - interval '9 days' WHERE id = %(id)s", id=second.pk
    )
    assert problems()[1].startswith(f"appeal {appeal.pk} is to be decided by ")


def test_audit_can_look_at_one_market(seller: Seller) -> None:
    MarketFactory(code="GB")
    entry = assessment("a")
    sql_past_the_triggers("UPDATE violations_pointsentry SET points = 9 WHERE id = %(id)s", id=entry.pk)
    assert len(problems(market="us")) > 1
    assert "ok      8  every assessment is what its violation says: 0 violations" in audit(market="GB")


def test_audit_refuses_a_market_it_does_not_know(market: Market) -> None:
    with pytest.raises(CommandError, match=r"no market 'FR'\. Markets: US"):
        audit(market="FR")


def test_audit_shows_the_first_rows_and_counts_the_others() -> None:
    seller, policy = SellerFactory(), PolicyFactory(points=1)
    drafts = [draft(seller, policy, external_id=str(number)) for number in range(25)]
    issue_violations(market=seller.market, drafts=drafts, source="test", now=NOW)
    sql_past_the_triggers("UPDATE violations_pointsentry SET points = 2")
    found = problems()
    assert found[0] == "BROKEN  8  every assessment is what its violation says: 25 violations, 25 broken"
    assert found[-1] == "… and 5 more"
    assert len(found) == 22


# --- Points


def test_audit_finds_a_violation_below_zero(seller: Seller) -> None:
    entry = assessment("late")
    sql_past_the_triggers(
        """INSERT INTO violations_pointsentry (
               seller_id, violation_id, kind, source, points, effective_at, expires_at, recorded_at, corrects_id, reason
           )
           SELECT seller_id, violation_id, 'credit', 'quiz', -9, %(at)s, expires_at, %(at)s, id, ''
           FROM violations_pointsentry WHERE id = %(id)s""",
        id=entry.pk,
        at=W47_END + HOUR,
    )
    assert problems() == [
        "BROKEN  2  a violation's entries never sum below zero: 6 violations with entries, 1 broken",
        f"violation {entry.violation_id} of seller {seller.pk} sums to -1 points from 2026-11-23 06:00:00+00 on",
    ]


def test_audit_finds_a_violation_below_zero_after_its_assessment_expired(seller: Seller) -> None:
    credit = violation("a").entries.get(kind="credit")
    later = credit.expires_at + HOUR
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET expires_at = %(at)s WHERE id = %(id)s", id=credit.pk, at=later
    )
    found = problems()
    assert any(line.startswith(f"violation {credit.violation_id} of seller {seller.pk} sums to -1 ") for line in found)
    assert any(line.startswith(f"entry {credit.pk} expires at ") for line in found)


# --- Actions and their notices


def test_audit_finds_an_action_that_started_before_its_notice(seller: Seller) -> None:
    action = EnforcementAction.objects.latest("id")
    sql_past_the_triggers(
        "UPDATE inbox_message SET posted_at = posted_at + interval '1 second' WHERE id = %(id)s", id=action.notice_id
    )
    head, line = problems()
    assert head == "BROKEN  7  no action takes effect before its notice: 3 actions, 1 broken"
    assert line.startswith(f"action {action.pk} of seller {seller.pk} starts at ")


def test_audit_finds_an_action_that_misstates_its_notice(seller: Seller) -> None:
    action = EnforcementAction.objects.latest("id")
    sql_past_the_triggers(
        "UPDATE inbox_message SET posted_at = posted_at - interval '1 second' WHERE id = %(id)s", id=action.notice_id
    )
    assert problems()[1].startswith(f"action {action.pk} of seller {seller.pk} says it was noticed at ")


def test_audit_finds_an_action_without_notice(seller: Seller) -> None:
    action = EnforcementAction.objects.latest("id")
    sql_past_the_triggers("DELETE FROM inbox_message WHERE id = %(id)s", id=action.notice_id)
    assert problems()[1] == f"action {action.pk} of seller {seller.pk} has no notice"


def test_audit_finds_an_action_announced_to_somebody_else(seller: Seller) -> None:
    action, other = EnforcementAction.objects.latest("id"), SellerFactory()
    sql_past_the_triggers(
        "UPDATE inbox_message SET seller_id = %(seller)s WHERE id = %(id)s", id=action.notice_id, seller=other.pk
    )
    assert problems()[1] == (
        f"the notice of action {action.pk} of seller {seller.pk} is in the inbox of seller {other.pk}"
    )


# --- Rules that the database holds


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "ALTER TABLE violations_pointsentry DISABLE TRIGGER points_entry_append_only",
            "trigger points_entry_append_only on violations_pointsentry is disabled",
        ),
        (
            "ALTER TABLE violations_violation ENABLE REPLICA TRIGGER violation_stays_as_issued",
            "trigger violation_stays_as_issued on violations_violation is disabled",
        ),
        (
            "DROP TRIGGER points_entry_no_truncate ON violations_pointsentry",
            "trigger points_entry_no_truncate on violations_pointsentry is missing",
        ),
        (
            """DROP TRIGGER points_entry_append_only ON violations_pointsentry;
               CREATE TRIGGER points_entry_append_only BEFORE UPDATE ON violations_pointsentry
                   FOR EACH ROW EXECUTE FUNCTION refuse_changing_ledger()""",
            "trigger points_entry_append_only on violations_pointsentry is not the one of refuse_changing_ledger.sql",
        ),
        (
            """CREATE OR REPLACE FUNCTION refuse_changing_ledger() RETURNS trigger
                   LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'""",
            "function refuse_changing_ledger is not the one of refuse_changing_ledger.sql",
        ),
        (
            "ALTER TABLE violations_pointsentry DROP CONSTRAINT points_entry_violation_is_the_sellers",
            "constraint points_entry_violation_is_the_sellers on violations_pointsentry is missing",
        ),
    ],
)
def test_audit_finds_a_rule_that_does_not_hold(statement: str, problem: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert problems()[1:] == [problem]


def test_audit_finds_a_foreign_key_that_is_not_checked() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE violations_pointsentry DISABLE TRIGGER ALL")
    assert any(line.endswith("(foreign key points_entry_correction_copies_expiry)") for line in problems(market=None))


def test_audit_finds_points_that_were_changed(seller: Seller) -> None:
    entry = assessment("newest")
    sql_past_the_triggers("UPDATE violations_pointsentry SET points = 2 WHERE id = %(id)s", id=entry.pk)
    assert problems() == [
        "BROKEN  8  every assessment is what its violation says: 6 violations, 1 broken",
        f"entry {entry.pk} assesses 2 points, violation {entry.violation_id} costs 3",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("effective_at = effective_at - interval '1 minute'", "counts from"),
        ("recorded_at = recorded_at + interval '1 minute'", "was recorded at"),
        ("expires_at = expires_at + interval '1 minute'", "expires at"),
    ],
)
def test_audit_finds_a_moment_that_was_changed(seller: Seller, change: str, problem: str) -> None:
    entry = assessment("in open books")
    sql_past_the_triggers(f"UPDATE violations_pointsentry SET {change} WHERE id = %(id)s", id=entry.pk)
    head, line = problems()
    assert head.startswith("BROKEN  8  every assessment")
    assert line.startswith(f"entry {entry.pk} {problem}")


def test_audit_finds_a_decision_about_other_points_than_those_of_its_version(seller: Seller) -> None:
    of = violation("newest")
    sql_past_the_triggers("UPDATE violations_violation SET decided_points = 4 WHERE id = %(id)s", id=of.pk)
    assert problems()[1] == f"violation {of.pk} says 4 points, its version 3"


def test_audit_finds_an_assessment_of_somebody_else(seller: Seller) -> None:
    entry, other = assessment("newest"), SellerFactory(market=seller.market)
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET seller_id = %(seller)s WHERE id = %(id)s", id=entry.pk, seller=other.pk
    )
    assert f"entry {entry.pk} is of seller {other.pk}, violation {entry.violation_id} of seller {seller.pk}" in (
        problems()
    )


def test_audit_finds_an_assessment_that_was_deleted(seller: Seller) -> None:
    entry = assessment("newest")
    sql_past_the_triggers("DELETE FROM violations_pointsentry WHERE id = %(id)s", id=entry.pk)
    assert problems()[1] == f"violation {entry.violation_id} of seller {seller.pk} has no assessment of its 3 points"


def test_audit_finds_a_correction_of_what_is_gone_or_not_its_own(seller: Seller) -> None:
    credit, other = violation("a").entries.get(kind="credit"), assessment("c")
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET corrects_id = %(other)s WHERE id = %(id)s", id=credit.pk, other=other.pk
    )
    assert problems()[1] == (
        f"entry {credit.pk} of violation {credit.violation_id} "
        f"corrects entry {other.pk} of violation {other.violation_id}"
    )
    sql_past_the_triggers("UPDATE violations_pointsentry SET corrects_id = 0 WHERE id = %(id)s", id=credit.pk)
    assert problems()[1] == f"entry {credit.pk} corrects entry 0, which is gone"


def test_audit_finds_a_correction_of_a_correction(seller: Seller) -> None:
    entries = violation("b").entries
    credit, reversal = entries.get(kind="credit"), entries.get(kind="reversal")
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET corrects_id = %(other)s WHERE id = %(id)s", id=reversal.pk, other=credit.pk
    )
    assert problems()[1] == f"entry {reversal.pk} corrects entry {credit.pk}, a credit"


def test_audit_finds_a_correction_that_comes_before_what_it_corrects(seller: Seller) -> None:
    entry = assessment("newest")
    credit = credit_points(violation=entry.violation, points=1, reason="Quiz passed", now=W47_END + HOUR)
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET effective_at = %(at)s WHERE id = %(id)s",
        id=credit.pk,
        at=entry.effective_at - HOUR,
    )
    assert f"entry {credit.pk} comes before entry {entry.pk} that it corrects" in problems()


def test_audit_finds_points_left_of_a_voided_violation(seller: Seller) -> None:
    reversal = violation("b").entries.get(kind="reversal")
    sql_past_the_triggers("UPDATE violations_pointsentry SET points = -6 WHERE id = %(id)s", id=reversal.pk)
    assert f"violation {reversal.violation_id} of seller {seller.pk} is voided and has 1 points left" in problems()


def test_audit_finds_an_entry_recorded_after_its_violation_was_voided(seller: Seller) -> None:
    reversal = violation("b").entries.get(kind="reversal")
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET recorded_at = recorded_at + interval '1 minute' WHERE id = %(id)s",
        id=reversal.pk,
    )
    assert f"violation {reversal.violation_id} of seller {seller.pk} has entries recorded after it was voided" in (
        problems()
    )


# --- What a report says


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("points_at_start = 1", "starts at a total of 1, the ledger at 0"),
        ("points_at_end = 24", "ends at a total of 24, the ledger at 22"),
        ("points_in = 25", "has 25 points in and -2 out, the ledger 24 and -2"),
        ("points_out = -1", "has 24 points in and -1 out, the ledger 24 and -2"),
    ],
)
def test_audit_finds_a_report_that_was_changed(seller: Seller, change: str, problem: str) -> None:
    sql_past_the_triggers(f"UPDATE reports_weeklyreport SET {change} WHERE week_start = '2026-11-02'")
    head, line = problems()
    assert head.endswith("is the sum of its entries: 2 published reports, 1 broken")
    assert line.startswith(f"the report of seller {seller.pk} for the week of 2026-11-02 {problem}")


def test_audit_finds_that_an_expiry_of_the_past_was_changed(seller: Seller) -> None:
    entry = assessment("c")
    sql_past_the_triggers(
        "UPDATE violations_pointsentry SET expires_at = expires_at + interval '1 day' WHERE id = %(id)s", id=entry.pk
    )
    assert (
        f"entry {entry.pk} in the report of seller {seller.pk} for the week of 2026-11-02 is not what the ledger says"
        in problems()
    )


def test_audit_finds_that_an_entry_in_a_report_is_gone(seller: Seller) -> None:
    credit = violation("a").entries.get(kind="credit")
    sql_past_the_triggers("DELETE FROM violations_pointsentry WHERE id = %(id)s", id=credit.pk)
    assert (
        f"the report of seller {seller.pk} for the week of 2026-11-02 ends at a total of 22, the ledger at 23"
        in problems()
    )


# --- One report after the other


def test_audit_finds_a_gap_between_runs(seller: Seller) -> None:
    run = ReportRun.objects.get(published_at=None)
    newest = assessment("newest")
    sql_past_the_triggers(
        "UPDATE reports_reportrun SET starts_at = %(at)s WHERE id = %(id)s",
        id=run.pk,
        at=newest.recorded_at + timedelta(seconds=1),
    )
    assert problems() == [
        "BROKEN  1  every entry of a closed week is in exactly one run: 9 entries, 1 broken",
        f"entry {newest.pk} of seller {seller.pk}, recorded at 2026-11-18 12:00:00+00, is in 0 runs",
    ]


def test_audit_finds_a_run_that_reaches_into_open_books(seller: Seller) -> None:
    entry = assessment("in open books")
    sql_past_the_triggers(
        "UPDATE reports_reportrun SET ends_at = %(at)s WHERE published_at IS NULL", at=W47_END + 2 * HOUR
    )
    assert problems()[1].startswith(
        f"entry {entry.pk} of seller {seller.pk}, recorded at 2026-11-23 06:00:00+00, is in 1"
    )


def test_audit_finds_an_entry_that_no_report_lists(seller: Seller) -> None:
    sql_past_the_triggers("DELETE FROM reports_weeklyreport WHERE week_start = '2026-11-09'")
    late = assessment("late")
    assert (
        f"entry {late.pk} of seller {seller.pk} is listed in 0 published reports and in 1 published runs" in problems()
    )


def test_audit_finds_an_entry_that_two_reports_list(seller: Seller) -> None:
    sql_past_the_triggers(
        """UPDATE reports_weeklyreport SET detail = jsonb_set(detail, '{entries}', (
               SELECT detail->'entries' FROM reports_weeklyreport WHERE week_start = '2026-11-02'
           )) WHERE week_start = '2026-11-09'"""
    )
    entry = assessment("a")
    assert f"entry {entry.pk} of seller {seller.pk} is listed in 2 published reports and in 1 published runs" in (
        problems()
    )


def test_audit_finds_an_entry_listed_by_the_wrong_report(seller: Seller) -> None:
    other = SellerFactory(market=seller.market)
    sql_past_the_triggers("UPDATE reports_weeklyreport SET seller_id = %(seller)s", seller=other.pk)
    assert f"entry {assessment('a').pk} of seller {seller.pk} is listed for seller {other.pk}" in problems()
    runs = list(WeeklyReport.objects.order_by("week_start").values_list("run_id", flat=True))
    sql_past_the_triggers("UPDATE reports_weeklyreport SET run_id = %(run)s", run=runs[1])
    assert f"entry {assessment('a').pk} of seller {seller.pk} is in run {runs[0]} and listed by run {runs[1]}" in (
        problems()
    )


APPEALED = "UPDATE violations_appeal SET "


@pytest.mark.parametrize(
    ("state", "attack", "problem"),
    [
        ("granted", "UPDATE violations_violation SET voided_at = voided_at + interval '1 hour'", "was granted at"),
        ("granted", f"{APPEALED} decided_at = decided_at - interval '1 hour'", "was granted at"),
        ("partly", f"{APPEALED} credit_id = (SELECT min(id) FROM violations_pointsentry)", "is not its credit"),
        ("denied", f"{APPEALED} filed_at = filed_at - interval '1 minute'", "outside the window"),
        ("denied", "UPDATE violations_violation SET issued_by_id = (SELECT decided_by_id FROM violations_appeal)",
         "was decided by who issued"),
        ("denied", f"{APPEALED} seller_id = seller_id + 1", "is about a violation of seller"),
    ],
)  # fmt: skip
def test_audit_finds_an_appeal_without_its_effect(state: str, attack: str, problem: str) -> None:
    appeal = appeal_against(issue(SellerFactory(), PolicyFactory(points=4)))
    decision: Any = {
        "appeal": appeal,
        "reason": DENIAL,
        "decided_by": UserFactory(),
        "now": NOW + HOUR,
    }
    if state == "granted":
        grant_appeal(**decision)
    elif state == "partly":
        grant_partly(points=1, **decision)
    else:
        deny_appeal(**decision)
    audit()
    sql_past_the_triggers(attack)
    found = problems()
    assert any("every decision on an appeal had its effect" in line for line in found)
    assert any(problem in line for line in found), found


def test_audit_finds_a_second_appeal() -> None:
    violation = issue(SellerFactory(), PolicyFactory(points=4))
    for _ in range(2):
        take_back(appeal_against(violation), now=NOW + HOUR)
    audit()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX appeal_one_unless_withdrawn")
    sql_past_the_triggers("UPDATE violations_appeal SET state = 'open', withdrawn_at = NULL, withdrawn_by_id = NULL")
    assert any("more than one appeal that was not withdrawn" in line for line in problems())
