-- The moment at which something is recorded: now, or the end of the closed books if that is later. The share lock keeps
-- the books from being closed before the caller's transaction ends, so whatever it records is seen by the right run.
CREATE OR REPLACE FUNCTION recording_time(market_id bigint, at timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('healthportal.clock_is_right', true), '') = '' THEN
        PERFORM refuse_clock_ahead(at);
        PERFORM set_config('healthportal.clock_is_right', 'in this transaction', true);
    END IF;
    PERFORM keep_books_open(ARRAY[market_id]);
    RETURN (SELECT greatest(books_closed_until, at) FROM sellers_market WHERE id = market_id);
END $$;
