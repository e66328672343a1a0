from django.db import migrations

FORWARD = """
-- Keeps the books of markets from being closed until the transaction ends, in the order of their ids, so that those who
-- record in several markets never wait for each other in a circle. Whoever waits to close books is let in first. What is
-- read after the wait has to be as it is then: under another isolation level it would be as it was before.
CREATE FUNCTION keep_books_open(market_ids bigint[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    market_id bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'Whoever records things of a market does so under READ COMMITTED, not under %.',
            upper(current_setting('transaction_isolation')) USING ERRCODE = 'invalid_transaction_state';
    END IF;
    FOR market_id IN SELECT DISTINCT wanted FROM unnest(market_ids) AS wanted ORDER BY wanted LOOP
        PERFORM pg_advisory_xact_lock_shared(1651470187, market_id::int);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM keep_books_open(ARRAY[market_id]);
    RETURN (SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id);
END $$;

-- Holds against whoever has not called recording_time: from here on nobody closes the books before this transaction ends,
-- and what is read afterwards is whether they were closed already.
CREATE OR REPLACE FUNCTION refuse_closed_books() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late boolean;
BEGIN
    PERFORM keep_books_open(ARRAY(
        SELECT DISTINCT s.market_id FROM inserted i JOIN sellers_seller s ON s.id = i.seller_id
    ));
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

-- Books are closed by who has them locked. It tries and does not wait: the row is locked by now, and books come first.
CREATE FUNCTION refuse_closing_books_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(1651470187, NEW.id::int) THEN
        RAISE EXCEPTION 'Somebody is recording in market %.', NEW.code
            USING ERRCODE = 'lock_not_available', HINT = format('SELECT lock_books(%s) first; it waits.', NEW.id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER market_books_close_under_their_lock BEFORE UPDATE OF books_closed_until ON sellers_market
    FOR EACH ROW WHEN (NEW.books_closed_until IS DISTINCT FROM OLD.books_closed_until)
    EXECUTE FUNCTION refuse_closing_books_in_use();
"""

BACKWARD = """
DROP TRIGGER market_books_close_under_their_lock ON sellers_market;
DROP FUNCTION refuse_closing_books_in_use();

CREATE OR REPLACE FUNCTION refuse_closed_books() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1651470187, market_id::int);
    SELECT greatest(books_closed_until, at) INTO moment FROM sellers_market WHERE id = market_id FOR SHARE;
    RETURN moment;
END $$;

DROP FUNCTION keep_books_open(bigint[]);
"""


class Migration(migrations.Migration):
    """Whoever records things of a market locks its books and no row, so recorders keep nobody from the market."""

    dependencies = [("sellers", "0008_unique_keys_serve_as_indexes")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
