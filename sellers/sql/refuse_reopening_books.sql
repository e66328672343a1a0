-- Closed books stay closed: what they hold is in a report.
CREATE OR REPLACE FUNCTION refuse_reopening_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The books of market % are closed until %; they cannot be reopened.',
        OLD.code, OLD.books_closed_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'market_books_close_forward_only';
END $$;

CREATE TRIGGER market_books_close_forward_only BEFORE UPDATE OF books_closed_until ON sellers_market
    FOR EACH ROW WHEN (NEW.books_closed_until < OLD.books_closed_until) EXECUTE FUNCTION refuse_reopening_books();
