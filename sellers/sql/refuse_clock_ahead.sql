-- Refuses a moment that this server's clock has not reached, give or take a minute. Whoever says what time it is may
-- say so once in a transaction: later moments of it follow from the first one, or from what was recorded before. Tests
-- take place at any time; they set healthportal.any_clock.
CREATE OR REPLACE FUNCTION refuse_clock_ahead(moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
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
