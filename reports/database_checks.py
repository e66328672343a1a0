"""Proofs in SQL that the weekly reports and the ledger agree; see ``violations.database_checks``."""

from __future__ import annotations

from kit.database.checks import Check

# Each entry recorded since its market's first run started, with the runs whose time it was recorded in and the reports
# that list it. In closed books it is in one run, in open books in none yet; it is listed once if that run is published,
# in that run's report of its seller. The trail says of which runs the reports were dropped, being old enough.
IN_EXACTLY_ONE_RUN = """
SELECT CASE
    WHEN count(r.id) <> (e.recorded_at < m.books_closed_until)::int THEN
        format('entry %%s of seller %%s, recorded at %%s, is in %%s runs',
            e.id, e.seller_id, e.recorded_at, count(r.id))
    WHEN coalesce(listed.times, 0) <> count(r.published_at) FILTER (WHERE dropped.id IS NULL) THEN
        format('entry %%s of seller %%s is listed in %%s published reports and in %%s published runs',
            e.id, e.seller_id, coalesce(listed.times, 0), count(r.published_at))
    WHEN listed.run_id <> min(r.id) THEN
        format('entry %%s of seller %%s is in run %%s and listed by run %%s',
            e.id, e.seller_id, min(r.id), listed.run_id)
    WHEN listed.seller_id <> e.seller_id THEN
        format('entry %%s of seller %%s is listed for seller %%s', e.id, e.seller_id, listed.seller_id)
END AS problem
FROM violations_pointsentry e
JOIN sellers_seller s ON s.id = e.seller_id
JOIN sellers_market m ON m.id = s.market_id
JOIN (SELECT market_id, min(starts_at) AS starts_at FROM reports_reportrun GROUP BY market_id) AS first
    ON first.market_id = m.id AND e.recorded_at >= first.starts_at
LEFT JOIN reports_reportrun r
    ON r.market_id = m.id AND r.starts_at <= e.recorded_at AND r.ends_at > e.recorded_at
LEFT JOIN (
    SELECT DISTINCT object_id::bigint AS id FROM audit_auditentry WHERE action = 'drop' AND kind = 'reports.reportrun'
) AS dropped ON dropped.id = r.id
LEFT JOIN (
    SELECT (entry->>'id')::bigint AS id, count(*) AS times, min(w.run_id) AS run_id, min(w.seller_id) AS seller_id
    FROM reports_weeklyreport w
    JOIN reports_reportrun published ON published.id = w.run_id AND published.published_at IS NOT NULL
    CROSS JOIN LATERAL jsonb_array_elements(w.detail->'entries') AS entry
    GROUP BY 1
) AS listed ON listed.id = e.id
WHERE %(market)s::bigint IS NULL OR m.id = %(market)s
GROUP BY e.id, m.id, listed.times, listed.run_id, listed.seller_id
"""

# Each published report with what the ledger says today about its week. Entries never change, so what was known when
# the week started (recorded before, not expired) adds up to the total at its start, the same for its end, and what was
# recorded in between to the points in and out. Each entry that it lists still says what it said.
TOTALS_MATCH = """
SELECT CASE
    WHEN w.points_at_start <> ledger.at_start THEN
        format('the report of seller %%s for the week of %%s starts at a total of %%s, the ledger at %%s',
            w.seller_id, w.week_start, w.points_at_start, ledger.at_start)
    WHEN w.points_at_end <> ledger.at_end THEN
        format('the report of seller %%s for the week of %%s ends at a total of %%s, the ledger at %%s',
            w.seller_id, w.week_start, w.points_at_end, ledger.at_end)
    WHEN (w.points_in, w.points_out) <> (ledger.points_in, ledger.points_out) THEN
        format('the report of seller %%s for the week of %%s has %%s points in and %%s out, the ledger %%s and %%s',
            w.seller_id, w.week_start, w.points_in, w.points_out, ledger.points_in, ledger.points_out)
    WHEN changed.id IS NOT NULL THEN
        format('entry %%s in the report of seller %%s for the week of %%s is not what the ledger says',
            changed.id, w.seller_id, w.week_start)
END AS problem
FROM reports_weeklyreport w
JOIN reports_reportrun r ON r.id = w.run_id AND r.published_at IS NOT NULL
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(e.points) FILTER (WHERE e.recorded_at < r.starts_at), 0) AS at_start,
        coalesce(sum(e.points) FILTER (WHERE e.expires_at > r.ends_at), 0) AS at_end,
        coalesce(sum(e.points) FILTER (WHERE e.recorded_at >= r.starts_at AND e.kind = 'assessment'), 0) AS points_in,
        coalesce(sum(e.points) FILTER (WHERE e.recorded_at >= r.starts_at AND e.kind <> 'assessment'), 0) AS points_out
    FROM violations_pointsentry e
    WHERE e.seller_id = w.seller_id AND e.recorded_at < r.ends_at
        AND (e.recorded_at >= r.starts_at OR e.expires_at > r.starts_at)
) AS ledger
LEFT JOIN LATERAL (
    SELECT min(entry.id) AS id
    FROM jsonb_to_recordset(w.detail->'entries') AS entry (
        id bigint, kind text, points int, violation_id bigint,
        effective_at timestamptz, recorded_at timestamptz, expires_at timestamptz
    )
    LEFT JOIN violations_pointsentry e ON e.id = entry.id
    WHERE (e.kind, e.points, e.violation_id, e.effective_at, e.recorded_at, e.expires_at) IS DISTINCT FROM
        (entry.kind, entry.points, entry.violation_id, entry.effective_at, entry.recorded_at, entry.expires_at)
) AS changed ON true
WHERE %(market)s::bigint IS NULL OR r.market_id = %(market)s
"""

CHECKS = (
    Check(9, "the total in each published report is the sum of its entries", "published reports", TOTALS_MATCH),
    Check(1, "every entry of a closed week is in exactly one run", "entries", IN_EXACTLY_ONE_RUN),
)
"""What can be proved of the weekly reports against the ledger."""
