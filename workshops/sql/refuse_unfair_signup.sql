-- A waiting place is for when none is free, and whoever waits gets a place in order. Checked when the transaction commits, so that
-- a service may cancel a place and promote the next in two statements. Who signs up shares the places, everybody else has them for
-- itself: what each sees here cannot change before it has ended.
CREATE OR REPLACE FUNCTION refuse_unfair_signup() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    workshop workshops_workshop;
    signup workshops_signup;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM share_places(NEW.workshop_id);
    ELSE
        PERFORM lock_places(NEW.workshop_id);
    END IF;
    SELECT * INTO signup FROM workshops_signup WHERE id = NEW.id;
    IF signup.state = 'cancelled' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO workshop FROM workshops_workshop WHERE id = signup.workshop_id;
    IF workshop.cancelled_at IS NOT NULL THEN
        RAISE EXCEPTION 'Workshop % is cancelled and takes no sign-ups.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_cancelled_has_no_signups';
    END IF;
    IF TG_OP = 'INSERT' AND signup.ordinal > workshop.places_per_seller THEN
        RAISE EXCEPTION 'Workshop % has % places for a seller.', workshop.id, workshop.places_per_seller
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_within_places_per_seller';
    END IF;
    IF signup.state = 'waiting' AND EXISTS (
        SELECT FROM workshops_seat WHERE workshop_id = workshop.id AND state = 'free'
    ) THEN
        RAISE EXCEPTION 'Workshop % has a free place while somebody waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_no_free_place_while_waiting';
    END IF;
    IF signup.state = 'placed' AND NEW.state = 'placed' AND NOT signup.by_hand AND EXISTS (
        SELECT FROM workshops_signup earlier WHERE earlier.workshop_id = workshop.id AND earlier.state = 'waiting'
            AND CASE TG_OP WHEN 'INSERT' THEN earlier.id < signup.id
                ELSE (earlier.turn, earlier.id) < (signup.turn, signup.id) END
    ) THEN
        RAISE EXCEPTION 'Somebody in workshop % has a place before somebody who waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_in_order';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER signup_places_are_fair AFTER INSERT OR UPDATE OF state ON workshops_signup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unfair_signup();
