-- A published workshop stays in its market: sellers of that market signed up.
CREATE OR REPLACE FUNCTION refuse_another_market() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Workshop % is published and stays in its market.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_published_stays_in_market';
END $$;

CREATE TRIGGER workshop_published_stays_in_market BEFORE UPDATE OF market_id ON workshops_workshop
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND NEW.market_id <> OLD.market_id)
    EXECUTE FUNCTION refuse_another_market();
