-- Checked when the transaction commits, so that a service may cancel a place and promote the next in two statements.
-- Locking the workshop makes transactions that change its places take turns.
CREATE OR REPLACE FUNCTION refuse_unfair_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    workshop workshops_workshop;
    placed integer;
    waiting integer;
BEGIN
    SELECT * INTO workshop FROM workshops_workshop
        WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint FOR NO KEY UPDATE;
    SELECT count(*) FILTER (WHERE state = 'placed'), count(*) FILTER (WHERE state = 'waiting') INTO placed, waiting
        FROM workshops_signup WHERE workshop_id = workshop.id;
    IF placed > workshop.capacity THEN
        RAISE EXCEPTION 'Workshop % has % places and % were given.', workshop.id, workshop.capacity, placed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_within_capacity';
    END IF;
    IF workshop.cancelled_at IS NOT NULL AND placed + waiting > 0 THEN
        RAISE EXCEPTION 'Workshop % is cancelled and has sign-ups that are not.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_cancelled_has_no_signups';
    END IF;
    IF waiting > 0 AND placed < workshop.capacity THEN
        RAISE EXCEPTION 'Workshop % has a free place while somebody waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_no_free_place_while_waiting';
    END IF;
    IF waiting > 0 AND EXISTS (
        SELECT FROM workshops_signup later JOIN workshops_signup earlier
            ON (earlier.signed_up_at, earlier.id) < (later.signed_up_at, later.id)
        WHERE later.workshop_id = workshop.id AND later.state = 'placed' AND NOT later.by_hand
            AND earlier.workshop_id = workshop.id AND earlier.state = 'waiting'
    ) THEN
        RAISE EXCEPTION 'Somebody in workshop % has a place and signed up after somebody who waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_in_order';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER signup_places_are_fair AFTER INSERT OR UPDATE ON workshops_signup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unfair_places('workshop_id');

CREATE CONSTRAINT TRIGGER workshop_places_are_fair AFTER UPDATE ON workshops_workshop
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.capacity <> OLD.capacity OR NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at)
    EXECUTE FUNCTION refuse_unfair_places('id');
