-- Books are closed up to a moment that has come by the database's clock: what is recorded later would have no week.
CREATE OR REPLACE FUNCTION refuse_closing_books_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_clock_ahead(NEW.books_closed_until);
    RETURN NEW;
END $$;

CREATE TRIGGER market_books_close_in_the_past BEFORE UPDATE OF books_closed_until ON sellers_market
    FOR EACH ROW WHEN (NEW.books_closed_until IS DISTINCT FROM OLD.books_closed_until)
    EXECUTE FUNCTION refuse_closing_books_ahead();
