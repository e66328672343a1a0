-- Keeps the books of markets from being closed until the transaction ends, in the order of their ids, so that those who
-- record in several markets never wait for each other in a circle. Whoever waits to close books is let in first. What
-- is read after the wait has to be as it is then: under another isolation level it would be as it was before.
CREATE OR REPLACE FUNCTION keep_books_open(market_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
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
