-- Row locks that are shared go past those who wait to have a row for themselves: with recorders that overlap without a
-- gap, the books would never close. Advisory locks are given in the order in which they were asked for. Both end with
-- the transaction. The first number says what is locked (it spells "book"), the second which market.
CREATE OR REPLACE FUNCTION lock_books(market_id bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(1651470187, market_id::int)
$$;
