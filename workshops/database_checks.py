"""Proofs in SQL that a workshop's places are its seats, given in order; see ``violations.database_checks``."""

from __future__ import annotations

from kit.database.checks import Check

# Each workshop with its seats and its sign-ups. A place is a seat that is taken; none is free while somebody waits;
# nobody with the usual turn has a place, other than by a host's hand, who signed up after another such who waits.
PLACES_ARE_SEATS = """
SELECT CASE
    WHEN seats.count <> CASE WHEN w.published_at IS NULL THEN 0 ELSE w.capacity END THEN
        format('workshop %%s has a capacity of %%s and %%s seats', w.id, w.capacity, seats.count)
    WHEN seats.taken <> signups.placed THEN
        format('workshop %%s has %%s places given and %%s seats taken', w.id, signups.placed, seats.taken)
    WHEN seats.free > 0 AND signups.waiting > 0 THEN
        format('workshop %%s has %%s free places while %%s wait', w.id, seats.free, signups.waiting)
    WHEN signups.last_placed > signups.first_waiting THEN
        format('workshop %%s gave sign-up %%s a place while %%s waits',
            w.id, signups.last_placed, signups.first_waiting)
    WHEN w.cancelled_at IS NOT NULL AND signups.placed + signups.waiting > 0 THEN
        format('workshop %%s is cancelled and has sign-ups', w.id)
END AS problem
FROM workshops_workshop w
CROSS JOIN LATERAL (
    SELECT count(*) AS count, count(*) FILTER (WHERE state = 'taken') AS taken,
        count(*) FILTER (WHERE state = 'free') AS free
    FROM workshops_seat WHERE workshop_id = w.id
) AS seats
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'placed' AND seat_id IS NOT NULL) AS placed,
        count(*) FILTER (WHERE state = 'waiting') AS waiting,
        max(id) FILTER (WHERE state = 'placed' AND turn = 2 AND NOT by_hand) AS last_placed,
        min(id) FILTER (WHERE state = 'waiting' AND turn = 2) AS first_waiting
    FROM workshops_signup WHERE workshop_id = w.id
) AS signups
WHERE %(market)s::bigint IS NULL OR w.market_id = %(market)s
"""

CHECKS = (Check(3, "places are seats of their workshop, given in order", "workshops", PLACES_ARE_SEATS),)
"""What can be proved of workshops."""
