from django.db import migrations

FORWARD = """
-- Row locks that are shared go past those who wait to have a row for themselves: with recorders that overlap without a
-- gap, the books would never close. Advisory locks are given in the order in which they were asked for. Both end with
-- the transaction. The first number says what is locked (it spells "book"), the second which market.
CREATE FUNCTION lock_books(market_id bigint) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(1651470187, market_id::int)
$$;

CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1651470187, market_id::int);
    SELECT greatest(books_closed_until, at) INTO moment FROM sellers_market WHERE id = market_id FOR SHARE;
    RETURN moment;
END $$;
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id FOR SHARE
$$;
DROP FUNCTION lock_books(bigint);
"""


class Migration(migrations.Migration):
    """Whoever closes a market's books gets a turn, however many record."""

    dependencies = [("sellers", "0006_audit_trail")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
