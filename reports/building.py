"""The one statement that builds the weekly reports of a range of sellers.

``WeeklyReport.detail`` holds, all as known at the end of the week, what is not empty (of a clean week perhaps nothing):

- ``violations``: those recorded in the week, with id, policy (code and name), points, content (kind and title, if any)
  and issued_at
- ``policies``: those breached in the week or the week before, the most frequent first, with counts in the week
  (``count``), the week before (``previous``) and each of the eight weeks before (``before``, the oldest first, so that
  it ends with ``previous``; left out if there was none), and the title of the policy's article if it has one
- ``messages``: those posted in the week, with id, subject, kind, content (kind and title), posted_at; without the
  messages that announce reports
- ``entries``: the ledger entries recorded in the week, with id, kind, points, violation_id, policy, reason, moments;
  they add up to ``points_in`` and ``points_out``
- ``actions``: enforcement actions announced in the week (``is_new``) or in force at its end
- ``quizzes``: per policy the first moment at which the window of one of its violations closes, while points are left

Ledger entries and the deadlines of violations never change, so what follows from them and the time of the run (which
entries add up to the total, what expired, what expires next, which appeals were possible) is not repeated here.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection

from sellers.models import Seller

from . import rules
from .models import ReportChunk, ReportRun, WeeklyReport

COLUMNS = (
    "week_start", "seller_id", "run_id", "points_at_start", "points_at_end", "points_in", "points_out",
    "violation_count", "previous_violation_count", "message_count", "next_milestone_points", "is_approaching", "detail",
)  # fmt: skip

# Lists are put together as json, which is text, and become jsonb once: that is quicker than jsonb within jsonb.
SELECT_REPORTS = """
WITH seller AS (
    SELECT id, created_at FROM sellers_seller
    WHERE market_id = %(market)s AND id BETWEEN %(first)s AND %(last)s
),
-- Few and small: what there is to say of each version of a policy.
version AS MATERIALIZED (
    SELECT pv.id, pv.points, p.id AS policy_id, p.code, p.name, a.title AS article, q.pass_points
    FROM violations_policyversion pv
    JOIN violations_policy p ON p.id = pv.policy_id
    LEFT JOIN violations_article a ON a.policy_id = p.id
    LEFT JOIN quizzes_quiz q ON q.policy_id = p.id AND q.published_at < %(ends)s
),
-- Of the ledger entries that counted when the week started, and those recorded in it. Points above zero are assessed.
total AS (
    SELECT e.seller_id,
        sum(points) FILTER (WHERE recorded_at < %(starts)s) AS at_start,
        sum(points) FILTER (WHERE expires_at > %(ends)s) AS at_end,
        sum(points) FILTER (WHERE recorded_at >= %(starts)s AND points > 0) AS assessed,
        sum(points) FILTER (WHERE recorded_at >= %(starts)s AND points < 0) AS corrected
    FROM seller JOIN violations_pointsentry e ON e.seller_id = seller.id
    WHERE e.seller_id BETWEEN %(first)s AND %(last)s
        AND e.recorded_at < %(ends)s AND (e.recorded_at >= %(starts)s OR e.expires_at > %(starts)s)
    GROUP BY e.seller_id
),
new_entries AS (
    SELECT e.seller_id, json_agg(json_build_object(
        'id', e.id, 'kind', e.kind, 'points', e.points, 'violation_id', e.violation_id, 'policy', version.name,
        'reason', e.reason, 'effective_at', e.effective_at, 'recorded_at', e.recorded_at, 'expires_at', e.expires_at
    ) ORDER BY e.recorded_at, e.id) AS list
    FROM seller
    JOIN violations_pointsentry e ON e.seller_id = seller.id
    JOIN violations_violation v ON v.id = e.violation_id
    JOIN version ON version.id = v.policy_version_id
    WHERE e.seller_id BETWEEN %(first)s AND %(last)s AND e.recorded_at >= %(starts)s AND e.recorded_at < %(ends)s
    GROUP BY e.seller_id
),
-- Violations recorded in the week and, for the trend, in the week before.
violation AS (
    SELECT v.id, v.seller_id, v.issued_at, v.recorded_at, v.recorded_at >= %(starts)s AS is_new,
        version.policy_id, version.code, version.name, version.points, version.article,
        c.kind AS content_kind, c.title AS content_title
    FROM seller
    JOIN violations_violation v ON v.seller_id = seller.id
    JOIN version ON version.id = v.policy_version_id
    LEFT JOIN sellers_content c ON c.id = v.content_id
    WHERE v.seller_id BETWEEN %(first)s AND %(last)s AND v.recorded_at >= %(previous)s AND v.recorded_at < %(ends)s
),
violations AS (
    SELECT seller_id, count(*) FILTER (WHERE is_new) AS count, count(*) FILTER (WHERE NOT is_new) AS previous,
        json_agg(json_build_object(
            'id', id, 'code', code, 'policy', name, 'points', points, 'issued_at', issued_at,
            'content_kind', content_kind, 'content_title', content_title
        ) ORDER BY issued_at, id) FILTER (WHERE is_new) AS list
    FROM violation GROUP BY seller_id
),
-- Of the sellers of those violations: how many there were of each policy in each of the eight weeks before.
earlier AS (
    SELECT seller_id, policy_id, json_build_array(
        count(*) FILTER (WHERE weeks_ago = 8), count(*) FILTER (WHERE weeks_ago = 7),
        count(*) FILTER (WHERE weeks_ago = 6), count(*) FILTER (WHERE weeks_ago = 5),
        count(*) FILTER (WHERE weeks_ago = 4), count(*) FILTER (WHERE weeks_ago = 3),
        count(*) FILTER (WHERE weeks_ago = 2), count(*) FILTER (WHERE weeks_ago = 1)
    ) AS weeks
    FROM (
        SELECT v.seller_id, version.policy_id,
            %(weeks)s + 1 - width_bucket(v.recorded_at, %(week_starts)s::timestamptz[]) AS weeks_ago
        FROM (SELECT DISTINCT seller_id FROM violation) AS found
        JOIN violations_violation v ON v.seller_id = found.seller_id
        JOIN version ON version.id = v.policy_version_id
        WHERE v.seller_id BETWEEN %(first)s AND %(last)s
            AND v.recorded_at >= %(earliest)s AND v.recorded_at < %(starts)s
    ) AS before GROUP BY seller_id, policy_id
),
policies AS (
    SELECT seller_id, json_agg(json_build_object(
        'code', code, 'name', name, 'article', article, 'count', count, 'previous', previous, 'before', weeks
    ) ORDER BY count DESC, previous DESC, name) AS list
    FROM (
        SELECT seller_id, policy_id, min(code) AS code, min(name) AS name, min(article) AS article,
            count(*) FILTER (WHERE is_new) AS count, count(*) FILTER (WHERE NOT is_new) AS previous
        FROM violation GROUP BY seller_id, policy_id
    ) AS policy
    LEFT JOIN earlier USING (seller_id, policy_id)
    GROUP BY seller_id
),
messages AS (
    SELECT m.seller_id, count(*) AS count, json_agg(json_build_object(
        'id', m.id, 'subject', m.subject, 'kind', m.kind, 'posted_at', m.posted_at,
        'content_kind', c.kind, 'content_title', c.title
    ) ORDER BY m.posted_at, m.id) AS list
    FROM seller
    JOIN inbox_message m ON m.seller_id = seller.id
    LEFT JOIN sellers_content c ON c.id = m.content_id
    WHERE m.seller_id BETWEEN %(first)s AND %(last)s
        AND m.posted_at >= %(starts)s AND m.posted_at < %(ends)s AND m.kind <> 'report'
    GROUP BY m.seller_id
),
actions AS (
    SELECT a.seller_id, json_agg(json_build_object(
        'id', a.id, 'kind', a.kind, 'capabilities', a.capabilities,
        'milestone', a.milestone_points, 'total', a.total, 'starts_at', a.starts_at, 'ends_at', a.ends_at,
        'violation_id', a.violation_id,
        'lifted_at', CASE WHEN a.lifted_at < %(ends)s THEN a.lifted_at END,
        'is_new', a.noticed_at >= %(starts)s,
        'in_force', a.starts_at <= %(ends)s AND (a.ends_at IS NULL OR a.ends_at > %(ends)s)
            AND (a.lifted_at IS NULL OR a.lifted_at >= %(ends)s)
    ) ORDER BY a.noticed_at, a.milestone_points) AS list
    FROM seller
    JOIN violations_enforcementaction a ON a.seller_id = seller.id
    WHERE a.seller_id BETWEEN %(first)s AND %(last)s AND a.noticed_at < %(ends)s AND (
        a.noticed_at >= %(starts)s OR (
            a.starts_at <= %(ends)s AND (a.ends_at IS NULL OR a.ends_at > %(ends)s)
            AND (a.lifted_at IS NULL OR a.lifted_at >= %(ends)s)
        )
    )
    GROUP BY a.seller_id
),
-- Quizzes that can still win points back: of standing violations with points left, in a window that is open.
quizzes AS (
    SELECT seller_id, json_agg(json_build_object(
        'code', code, 'policy', name, 'closes_at', closes_at, 'gain', gain, 'violations', violations
    ) ORDER BY closes_at, name) AS list
    FROM (
        SELECT v.seller_id, version.code, version.name,
            min((%(closes_at)s::timestamptz[])[width_bucket(v.issued_at, %(issued_from)s::timestamptz[])]) AS closes_at,
            least(version.pass_points, max(remaining.points)) AS gain, count(*) AS violations
        FROM seller
        JOIN violations_violation v ON v.seller_id = seller.id
        JOIN version ON version.id = v.policy_version_id AND version.pass_points IS NOT NULL
        CROSS JOIN LATERAL (
            SELECT sum(e.points) AS points FROM violations_pointsentry e
            WHERE e.violation_id = v.id AND e.recorded_at < %(ends)s AND e.expires_at > %(ends)s
        ) AS remaining
        WHERE v.seller_id BETWEEN %(first)s AND %(last)s
            AND v.issued_at >= %(earliest_issue)s AND v.issued_at < %(latest_issue)s AND v.recorded_at < %(ends)s
            AND (v.voided_at IS NULL OR v.voided_at >= %(ends)s) AND remaining.points > 0
        GROUP BY v.seller_id, version.code, version.name, version.pass_points
    ) AS quiz GROUP BY seller_id
)
SELECT %(week_start)s, seller.id, %(run)s,
    coalesce(total.at_start, 0), coalesce(total.at_end, 0), coalesce(total.assessed, 0), coalesce(total.corrected, 0),
    coalesce(violations.count, 0), coalesce(violations.previous, 0), coalesce(messages.count, 0), upcoming.points,
    coalesce(total.at_end > 0 AND upcoming.points <= total.at_end + %(approach)s, false),
    CASE
        WHEN coalesce(violations.list, policies.list, messages.list, new_entries.list, actions.list) IS NOT NULL
        THEN jsonb_strip_nulls(json_build_object(
            'violations', violations.list, 'policies', policies.list, 'messages', messages.list,
            'entries', new_entries.list, 'actions', actions.list, 'quizzes', quizzes.list
        )::jsonb)
        WHEN quizzes.list IS NOT NULL THEN json_build_object('quizzes', quizzes.list)::jsonb
        ELSE '{}'
    END
FROM seller
LEFT JOIN total ON total.seller_id = seller.id
LEFT JOIN new_entries ON new_entries.seller_id = seller.id
LEFT JOIN violations ON violations.seller_id = seller.id
LEFT JOIN policies ON policies.seller_id = seller.id
LEFT JOIN messages ON messages.seller_id = seller.id
LEFT JOIN actions ON actions.seller_id = seller.id
LEFT JOIN quizzes ON quizzes.seller_id = seller.id
-- The first milestone above the total; they are in order.
CROSS JOIN LATERAL (
    SELECT (%(milestones)s::int[])[width_bucket(coalesce(total.at_end, 0)::int, %(milestones)s::int[]) + 1] AS points
) AS upcoming
-- Whoever has something in the books gets a report, whatever the date of joining says.
WHERE seller.created_at < %(ends)s OR new_entries.list IS NOT NULL OR violations.count > 0 OR messages.count > 0
ORDER BY seller.id
"""


INSERT_REPORTS = f"INSERT INTO reports_weeklyreport ({', '.join(COLUMNS)}) {SELECT_REPORTS}"


# For this transaction: sorts and hashes of a chunk fit into memory; compiling would take longer than it saves; an index
# is preferred to reading all of a table, which grows from week to week.
TUNE = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1"


def insert_reports(*, run: ReportRun, chunk: ReportChunk) -> int:
    """Insert the reports of a chunk's sellers and return how many; always one statement, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(TUNE)
        cursor.execute(INSERT_REPORTS, _figures(run) | {"first": chunk.first_seller_id, "last": chunk.last_seller_id})
        return int(cursor.rowcount)


def draft_report(*, run: ReportRun, seller: Seller) -> WeeklyReport | None:
    """What a run would say of one seller now, by the statement that inserts it; nothing is written.

    The run need not be saved. ``None`` for a seller who joined after its end.
    """
    with connection.cursor() as cursor:
        cursor.execute(SELECT_REPORTS, _figures(run) | {"first": seller.pk, "last": seller.pk})
        row = cursor.fetchone()
    if row is None:
        return None
    values = dict(zip(COLUMNS, row, strict=True)) | {"run": run, "seller": seller}
    values["detail"] = json.loads(values["detail"])
    del values["run_id"], values["seller_id"]
    return WeeklyReport(**values)


def _figures(run: ReportRun) -> dict[str, Any]:
    """What the statement asks of a run."""
    windows = rules.open_quiz_windows(run.ends_at, zone=run.zone)
    week_starts = _week_starts(run)
    return {
        "run": run.pk,
        "week_start": run.week_start,
        "market": run.market_id,
        "weeks": len(week_starts),
        "week_starts": week_starts,
        "earliest": week_starts[0] if week_starts else run.starts_at,
        "previous": week_starts[-1] if week_starts else run.starts_at,
        "starts": run.starts_at,
        "ends": run.ends_at,
        "milestones": [milestone["points"] for milestone in run.rules["milestones"]],
        "approach": run.rules["approach_points"],
        "earliest_issue": windows[0].issued_from,
        "issued_from": [window.issued_from for window in windows],
        "latest_issue": windows[-1].issued_until,
        "closes_at": [window.closes_at for window in windows],
    }


def _week_starts(run: ReportRun) -> list[datetime]:
    """Where the runs of the weeks before started, the oldest first; a market's first run has none before it."""
    before = ReportRun.objects.filter(market_id=run.market_id, starts_at__lt=run.starts_at).order_by("-starts_at")
    return list(before.values_list("starts_at", flat=True)[: rules.WEEKS_BEFORE])[::-1]
