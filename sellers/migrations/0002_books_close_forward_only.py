from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_reopening_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The books of market % are closed until %; they cannot be reopened.', OLD.code, OLD.books_closed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'market_books_close_forward_only';
END $$;

CREATE TRIGGER market_books_close_forward_only BEFORE UPDATE OF books_closed_until ON sellers_market
    FOR EACH ROW WHEN (NEW.books_closed_until < OLD.books_closed_until) EXECUTE FUNCTION refuse_reopening_books();

-- The moment at which something is recorded: now, or the end of the closed books if that is later. The share lock keeps
-- the books from being closed before the caller's transaction ends, so whatever it records is seen by the right run.
CREATE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id FOR SHARE
$$;

-- For tables that record things of sellers: refuses rows recorded inside closed books. Runs once per statement; the
-- column that holds the moment is the trigger's argument.
CREATE FUNCTION refuse_closed_books() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late boolean;
BEGIN
    PERFORM FROM sellers_market WHERE id IN (
        SELECT s.market_id FROM inserted i JOIN sellers_seller s ON s.id = i.seller_id
    ) ORDER BY id FOR SHARE;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM inserted i JOIN sellers_seller s ON s.id = i.seller_id
         JOIN sellers_market m ON m.id = s.market_id WHERE i.%I < m.books_closed_until)', TG_ARGV[0]
    ) INTO late;
    IF late THEN
        RAISE EXCEPTION 'A row of % was recorded in a week whose books are closed.', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recorded_in_open_books';
    END IF;
    RETURN NULL;
END $$;
"""

BACKWARD = """
DROP TRIGGER market_books_close_forward_only ON sellers_market;
DROP FUNCTION refuse_reopening_books(), recording_time(bigint, timestamptz), refuse_closed_books();
"""


class Migration(migrations.Migration):
    """Books of a market close forward only; what is recorded lies in open books."""

    dependencies = [("sellers", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
