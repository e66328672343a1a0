"""The one statement that builds the weekly reports of a range of sellers.

``WeeklyReport.detail`` holds what is not empty, as known at the end of the week. Of a clean week that is perhaps
nothing.

- ``violations``: those recorded in the week, with id, code (the policy's), points, content (kind and title, if any) and
  issued_at
- ``messages``: those posted in the week, with id, kind, content (kind and title), posted_at; without the messages that
  announce reports
- ``entries``: the ledger entries recorded in the week, with id, kind, points, violation_id, reason, moments; they add
  up to ``points_in`` and ``points_out``
- ``actions``: enforcement actions announced in the week (``is_new``) or in force at its end

Ledger entries and the moments of violations never change. So two things are not repeated here: what follows from them,
and what the run keeps. Such are:

- names of policies
- how often each was breached in the weeks before
- which entries add up to the total, what expired, what expires next
- which quizzes and appeals were open
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from sellers.models import Seller

from .models import ReportChunk, ReportRun, WeeklyReport

COLUMNS = (
    "week_start", "seller_id", "run_id", "seller_name", "seller_city", "seller_signed_up",
    "points_at_start", "points_at_end", "points_in", "points_out",
    "violation_count", "previous_violation_count", "message_count", "next_milestone_points", "is_approaching", "detail",
)  # fmt: skip

# Lists are put together as json, which is text, and become jsonb once: that is quicker than jsonb within jsonb.
SELECT_REPORTS = """
WITH seller AS NOT MATERIALIZED (
    SELECT id, created_at, name, city, signed_up_to_sell FROM sellers_seller
    WHERE market_id = %(market)s AND id BETWEEN %(first)s AND %(last)s
),
-- Few and small: what there is to say of each version of a policy.
version AS MATERIALIZED (
    SELECT pv.id, pv.points, p.code FROM policies_policyversion pv JOIN policies_policy p ON p.id = pv.policy_id
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
    SELECT e.seller_id, json_agg(line ORDER BY e.recorded_at, e.id) AS list
    FROM seller
    JOIN violations_pointsentry e ON e.seller_id = seller.id
    CROSS JOIN LATERAL (
        SELECT e.id, e.kind, e.points, e.violation_id, e.reason, e.effective_at, e.recorded_at, e.expires_at
    ) AS line
    WHERE e.seller_id BETWEEN %(first)s AND %(last)s AND e.recorded_at >= %(starts)s AND e.recorded_at < %(ends)s
    GROUP BY e.seller_id
),
-- Violations recorded in the week.
violations AS (
    SELECT v.seller_id, json_agg(line ORDER BY v.issued_at, v.id) AS list
    FROM seller
    JOIN violations_violation v ON v.seller_id = seller.id
    JOIN version ON version.id = v.policy_version_id
    CROSS JOIN LATERAL (
        SELECT v.id, version.code, version.points, v.issued_at,
            nullif(v.content_kind, '') AS content_kind, nullif(v.content_title, '') AS content_title
    ) AS line
    WHERE v.seller_id BETWEEN %(first)s AND %(last)s AND v.recorded_at >= %(starts)s AND v.recorded_at < %(ends)s
    GROUP BY v.seller_id
),
-- For the trend, of the week before as well.
counts AS (
    SELECT v.seller_id, count(*) FILTER (WHERE v.recorded_at >= %(starts)s) AS count,
        count(*) FILTER (WHERE v.recorded_at < %(starts)s) AS previous
    FROM seller JOIN violations_violation v ON v.seller_id = seller.id
    WHERE v.seller_id BETWEEN %(first)s AND %(last)s AND v.recorded_at >= %(previous)s AND v.recorded_at < %(ends)s
    GROUP BY v.seller_id
),
messages AS (
    SELECT m.seller_id, count(*) AS count, json_agg(line ORDER BY m.posted_at, m.id) AS list
    FROM seller
    JOIN inbox_message m ON m.seller_id = seller.id
    CROSS JOIN LATERAL (
        SELECT m.id, m.kind, m.posted_at,
            nullif(m.content_kind, '') AS content_kind, nullif(m.content_title, '') AS content_title
    ) AS line
    WHERE m.seller_id BETWEEN %(first)s AND %(last)s
        AND m.posted_at >= %(starts)s AND m.posted_at < %(ends)s AND m.kind <> 'report'
    GROUP BY m.seller_id
),
actions AS (
    SELECT a.seller_id, json_agg(line ORDER BY a.noticed_at, a.milestone_points) AS list
    FROM seller
    JOIN violations_enforcementaction a ON a.seller_id = seller.id
    CROSS JOIN LATERAL (
        SELECT a.id, a.kind, a.capabilities, a.milestone_points AS milestone, a.total, a.starts_at, a.ends_at,
            a.violation_id, CASE WHEN a.lifted_at < %(ends)s THEN a.lifted_at END AS lifted_at,
            a.noticed_at >= %(starts)s AS is_new,
            a.starts_at <= %(ends)s AND (a.ends_at IS NULL OR a.ends_at > %(ends)s)
                AND (a.lifted_at IS NULL OR a.lifted_at >= %(ends)s) AS in_force
    ) AS line
    WHERE a.seller_id BETWEEN %(first)s AND %(last)s AND a.noticed_at < %(ends)s AND (line.is_new OR line.in_force)
    GROUP BY a.seller_id
)
SELECT %(week_start)s, seller.id, %(run)s, seller.name, seller.city, seller.signed_up_to_sell,
    coalesce(total.at_start, 0), coalesce(total.at_end, 0), coalesce(total.assessed, 0), coalesce(total.corrected, 0),
    coalesce(counts.count, 0), coalesce(counts.previous, 0), coalesce(messages.count, 0), upcoming.points,
    coalesce(total.at_end > 0 AND upcoming.points <= total.at_end + %(approach)s, false),
    CASE
        WHEN coalesce(violations.list, messages.list, new_entries.list, actions.list) IS NOT NULL
        THEN jsonb_strip_nulls(json_build_object(
            'violations', violations.list, 'messages', messages.list, 'entries', new_entries.list,
            'actions', actions.list
        )::jsonb)
        ELSE '{}'
    END
FROM seller
LEFT JOIN total ON total.seller_id = seller.id
LEFT JOIN new_entries ON new_entries.seller_id = seller.id
LEFT JOIN violations ON violations.seller_id = seller.id
LEFT JOIN counts ON counts.seller_id = seller.id
LEFT JOIN messages ON messages.seller_id = seller.id
LEFT JOIN actions ON actions.seller_id = seller.id
-- The first milestone above the total; they are in order.
CROSS JOIN LATERAL (
    SELECT (%(milestones)s::int[])[width_bucket(coalesce(total.at_end, 0)::int, %(milestones)s::int[]) + 1] AS points
) AS upcoming
-- Whoever has something in the books gets a report, whatever the date of joining says.
WHERE seller.created_at < %(ends)s OR new_entries.list IS NOT NULL OR violations.list IS NOT NULL OR messages.count > 0
ORDER BY seller.id
"""


INSERT_REPORTS = f"INSERT INTO reports_weeklyreport ({', '.join(COLUMNS)}) {SELECT_REPORTS}"


# For this transaction: sorts and hashes of a chunk fit into memory; compiling would take longer than it saves; an index
# is preferred to reading all of a table, which grows from week to week. Nested loops are off: where the database knows
# nothing of a chunk's sellers yet, it expects one and compares each with each. What is to be looked up by its id is
# asked for by a subquery of its own.
PLANNER_SETTINGS = """
SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1; SET LOCAL enable_nestloop = off
"""


def insert_reports(*, run: ReportRun, chunk: ReportChunk) -> int:
    """Insert the reports of a chunk's sellers and return how many; always one statement, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(PLANNER_SETTINGS)
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
    previous = ReportRun.objects.before(run).values_list("starts_at", flat=True).first()
    return {
        "run": run.pk,
        "week_start": run.week_start,
        "market": run.market_id,
        "previous": previous or run.starts_at,
        "starts": run.starts_at,
        "ends": run.ends_at,
        "milestones": run.milestone_points,
        "approach": run.rules["approach_points"],
    }
