"""Proofs over the whole ledger in SQL: what must never be is looked for in every row, whoever wrote it.

The services keep the invariants and the database holds them; this finds what got past both (a restored dump, somebody
with ``psql``, a trigger that was switched off). Each check is one statement, so each sees one consistent snapshot and
can run while the portal works.
"""

from __future__ import annotations

from kit.database.checks import Check

# Each entry changes the points of its violation twice: by its points when it takes effect, and back when it expires.
# The running sum of these changes is what the violation costs from each such moment to the next; the lowest of them
# must not be below zero.
NEVER_BELOW_ZERO = """
SELECT CASE WHEN min(points_then) < 0 THEN format(
    'violation %%s of seller %%s sums to %%s points from %%s on', violation_id, seller_id, min(points_then),
    min(moment) FILTER (WHERE points_then < 0)
) END AS problem
FROM (
    SELECT e.seller_id, e.violation_id, change.moment,
        sum(sum(change.points)) OVER (PARTITION BY e.violation_id ORDER BY change.moment) AS points_then
    FROM violations_pointsentry e
    JOIN sellers_seller s ON s.id = e.seller_id
    CROSS JOIN LATERAL (
        VALUES (e.effective_at, e.points::int), (e.expires_at, -e.points::int)
    ) AS change (moment, points)
    WHERE %(market)s::bigint IS NULL OR s.market_id = %(market)s
    GROUP BY e.seller_id, e.violation_id, change.moment
) AS totals
GROUP BY violation_id, seller_id
"""

# Each action with the message that announces it, found by its id alone: it must be the same seller's, have been in the
# inbox when the action says, and not later than the action started.
NOTICE_FIRST = """
SELECT CASE
    WHEN m.id IS NULL THEN format('action %%s of seller %%s has no notice', a.id, a.seller_id)
    WHEN m.seller_id <> a.seller_id THEN
        format('the notice of action %%s of seller %%s is in the inbox of seller %%s', a.id, a.seller_id, m.seller_id)
    WHEN a.starts_at < m.posted_at THEN
        format('action %%s of seller %%s starts at %%s, its notice was posted at %%s', a.id, a.seller_id, a.starts_at,
            m.posted_at)
    WHEN a.noticed_at <> m.posted_at THEN
        format('action %%s of seller %%s says it was noticed at %%s, its notice was posted at %%s', a.id, a.seller_id,
            a.noticed_at, m.posted_at)
END AS problem
FROM violations_enforcementaction a
JOIN sellers_seller s ON s.id = a.seller_id
LEFT JOIN inbox_message m ON m.id = a.notice_id
WHERE %(market)s::bigint IS NULL OR s.market_id = %(market)s
"""


# Each correction beside the entry it corrects: the assessment of the same violation and seller, which stops counting at
# the same moment and was there before it.
CORRECTIONS_MATCH = """
SELECT CASE
    WHEN a.id IS NULL THEN format('entry %%s corrects entry %%s, which is gone', c.id, c.corrects_id)
    WHEN a.kind <> 'assessment' THEN format('entry %%s corrects entry %%s, a %%s', c.id, a.id, a.kind)
    WHEN (a.violation_id, a.seller_id) <> (c.violation_id, c.seller_id) THEN
        format('entry %%s of violation %%s corrects entry %%s of violation %%s',
            c.id, c.violation_id, a.id, a.violation_id)
    WHEN c.expires_at <> a.expires_at THEN
        format('entry %%s expires at %%s, entry %%s that it corrects at %%s', c.id, c.expires_at, a.id, a.expires_at)
    WHEN c.id < a.id OR c.recorded_at < a.recorded_at OR c.effective_at < a.effective_at THEN
        format('entry %%s comes before entry %%s that it corrects', c.id, a.id)
END AS problem
FROM violations_pointsentry c
JOIN sellers_seller s ON s.id = c.seller_id
LEFT JOIN violations_pointsentry a ON a.id = c.corrects_id
WHERE c.kind <> 'assessment' AND (%(market)s::bigint IS NULL OR s.market_id = %(market)s)
"""

# Each violation beside its version and its assessment. Violations and published policy versions are frozen, so they
# tell what the entry said when it was written: the points of the version, which the seller was told, from the moment of
# issue until the end that the seller was told, recorded with the violation.
ASSESSMENTS_MATCH = """
SELECT CASE
    WHEN v.decided_points <> pv.points THEN
        format('violation %%s says %%s points, its version %%s', v.id, v.decided_points, pv.points)
    WHEN e.id IS NULL AND v.decided_points > 0 THEN
        format('violation %%s of seller %%s has no assessment of its %%s points', v.id, v.seller_id, v.decided_points)
    WHEN e.points <> v.decided_points THEN
        format('entry %%s assesses %%s points, violation %%s costs %%s', e.id, e.points, v.id, v.decided_points)
    WHEN e.seller_id <> v.seller_id THEN
        format('entry %%s is of seller %%s, violation %%s of seller %%s', e.id, e.seller_id, v.id, v.seller_id)
    WHEN e.effective_at <> v.issued_at THEN
        format('entry %%s counts from %%s, violation %%s was issued at %%s', e.id, e.effective_at, v.id, v.issued_at)
    WHEN e.expires_at <> v.decided_until THEN
        format('entry %%s expires at %%s, violation %%s says %%s', e.id, e.expires_at, v.id, v.decided_until)
    WHEN e.recorded_at <> v.recorded_at THEN
        format('entry %%s was recorded at %%s, violation %%s at %%s', e.id, e.recorded_at, v.id, v.recorded_at)
END AS problem
FROM violations_violation v
JOIN policies_policyversion pv ON pv.id = v.policy_version_id
LEFT JOIN violations_pointsentry e ON e.violation_id = v.id AND e.kind = 'assessment'
WHERE %(market)s::bigint IS NULL OR v.market_id = %(market)s
"""

# Each voided violation with the sum of its entries that had not expired when it was voided: nothing is left of them,
# and what was reversed was reversed then.
VOIDED_ARE_REVERSED = """
SELECT CASE
    WHEN sum(e.points) FILTER (WHERE e.expires_at > v.voided_at) <> 0 THEN
        format('violation %%s of seller %%s is voided and has %%s points left', v.id, v.seller_id,
            sum(e.points) FILTER (WHERE e.expires_at > v.voided_at))
    WHEN count(*) FILTER (WHERE e.recorded_at > v.voided_at) > 0 THEN
        format('violation %%s of seller %%s has entries recorded after it was voided', v.id, v.seller_id)
END AS problem
FROM violations_violation v
LEFT JOIN violations_pointsentry e ON e.violation_id = v.id
WHERE v.voided_at IS NOT NULL AND (%(market)s::bigint IS NULL OR v.market_id = %(market)s)
GROUP BY v.id
"""

# Each appeal beside its violation and the credit of a partial grant: filed within the window by the violation's seller,
# not decided by who issued it, and with the effect of its decision: a granted one's violation was voided in that very
# moment, a partly granted one's credit was recorded then, and it is a credit of that violation.
APPEALS_HAVE_THEIR_EFFECT = """
SELECT CASE
    WHEN a.seller_id <> v.seller_id THEN
        format('appeal %%s of seller %%s is about a violation of seller %%s', a.id, a.seller_id, v.seller_id)
    WHEN a.filed_at < v.issued_at OR a.filed_at >= v.appeal_until THEN
        format('appeal %%s was filed at %%s, outside the window of violation %%s', a.id, a.filed_at, v.id)
    WHEN a.decided_by_id = v.issued_by_id THEN
        format('appeal %%s was decided by who issued violation %%s', a.id, v.id)
    WHEN a.state = 'granted' AND v.voided_at IS DISTINCT FROM a.decided_at THEN
        format('appeal %%s was granted at %%s, violation %%s voided at %%s', a.id, a.decided_at, v.id, v.voided_at)
    WHEN a.state = 'partly' AND (
        c.id IS NULL OR c.kind <> 'credit' OR c.violation_id <> v.id OR c.recorded_at <> a.decided_at
    ) THEN format('appeal %%s was partly granted at %%s, entry %%s is not its credit', a.id, a.decided_at, a.credit_id)
    WHEN count(*) FILTER (WHERE a.state <> 'withdrawn') OVER (PARTITION BY a.violation_id) > 1 THEN
        format('violation %%s has more than one appeal that was not withdrawn', v.id)
END AS problem
FROM violations_appeal a
JOIN violations_violation v ON v.id = a.violation_id
LEFT JOIN violations_pointsentry c ON c.id = a.credit_id
WHERE %(market)s::bigint IS NULL OR v.market_id = %(market)s
"""

# Each appeal with the requests of its reviewer: it is to be decided as much later as the clock stood for them.
CLOCKS_AGREE = """
SELECT CASE
    WHEN a.decide_by <> a.first_decide_by + coalesce(sum(r.stands_until - r.asked_at), interval '0') THEN
        format('appeal %%s is to be decided by %%s; by its requests it is %%s', a.id, a.decide_by,
            a.first_decide_by + coalesce(sum(r.stands_until - r.asked_at), interval '0'))
    WHEN min(r.asked_at) < a.filed_at THEN
        format('appeal %%s was filed at %%s, and its seller asked before, at %%s', a.id, a.filed_at, min(r.asked_at))
END AS problem
FROM violations_appeal a
JOIN sellers_seller s ON s.id = a.seller_id
LEFT JOIN violations_appealrequest r ON r.appeal_id = a.id
WHERE %(market)s::bigint IS NULL OR s.market_id = %(market)s
GROUP BY a.id
"""

CHECKS = (
    Check(2, "a violation's entries never sum below zero", "violations with entries", NEVER_BELOW_ZERO),
    Check(7, "no action takes effect before its notice", "actions", NOTICE_FIRST),
    Check(8, "every correction copies the expiry of what it corrects", "corrections", CORRECTIONS_MATCH),
    Check(8, "every assessment is what its violation says", "violations", ASSESSMENTS_MATCH),
    Check(8, "nothing is left of a voided violation's points", "voided violations", VOIDED_ARE_REVERSED),
    Check(8, "every decision on an appeal had its effect", "appeals", APPEALS_HAVE_THEIR_EFFECT),
    Check(8, "the clock of every appeal stood as long as its seller was asked", "appeals", CLOCKS_AGREE),
)
"""What can be proved of violations, their points and their actions, in the order of the invariants."""
