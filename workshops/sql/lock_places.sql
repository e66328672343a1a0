-- Who signs up shares a workshop's places with others who do; whoever gives one back, passes it on or changes how many there are
-- has them for itself. Advisory locks are given in the order in which they were asked for, so sign-ups that overlap without a gap
-- do not keep the others waiting. Both end with the transaction. The first number says what is locked (it spells "seat").
CREATE OR REPLACE FUNCTION lock_places(workshop bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(1936023924, workshop::int)
$$;

CREATE OR REPLACE FUNCTION share_places(workshop bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(1936023924, workshop::int)
$$;
