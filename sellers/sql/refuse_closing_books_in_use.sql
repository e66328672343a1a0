-- Books are closed by who has them locked. It tries and does not wait: the row is locked by now, and books come first.
CREATE OR REPLACE FUNCTION refuse_closing_books_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
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
