from django.db import migrations

FORWARD = """
-- Refuses a moment that this server's clock has not reached, give or take a minute. Whoever says what time it is may say so
-- once in a transaction: later moments of it follow from the first one, or from what was recorded before. Tests take
-- place at any time; they set healthportal.any_clock.
CREATE FUNCTION refuse_clock_ahead(moment timestamptz) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    ahead interval := moment - clock_timestamp();
BEGIN
    IF coalesce(current_setting('healthportal.any_clock', true), '') = 'on' OR ahead <= interval '1 minute' THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'The clock of this process is % ahead of the database''s: nothing was written.',
        date_trunc('second', justify_hours(ahead + interval '0.5 seconds'))
        USING ERRCODE = 'HP001', HINT = 'Set the clocks of all servers by the network.';
END $$;

CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF coalesce(current_setting('healthportal.clock_is_right', true), '') = '' THEN
        PERFORM refuse_clock_ahead(at);
        PERFORM set_config('healthportal.clock_is_right', 'in this transaction', true);
    END IF;
    PERFORM keep_books_open(ARRAY[market_id]);
    RETURN (SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id);
END $$;

CREATE FUNCTION refuse_closing_books_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_clock_ahead(NEW.books_closed_until);
    RETURN NEW;
END $$;
CREATE TRIGGER market_books_close_in_the_past BEFORE UPDATE OF books_closed_until ON sellers_market
    FOR EACH ROW WHEN (NEW.books_closed_until IS DISTINCT FROM OLD.books_closed_until)
    EXECUTE FUNCTION refuse_closing_books_ahead();
"""

BACKWARD = """
DROP TRIGGER market_books_close_in_the_past ON sellers_market;
DROP FUNCTION refuse_closing_books_ahead();

CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM keep_books_open(ARRAY[market_id]);
    RETURN (SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id);
END $$;

DROP FUNCTION refuse_clock_ahead(timestamptz);
"""


class Migration(migrations.Migration):
    """A process whose clock is ahead closes no books, and records nothing under a moment that has not come."""

    dependencies = [("sellers", "0009_books_need_no_row_lock")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
