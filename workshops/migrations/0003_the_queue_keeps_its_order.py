from django.db import migrations

FORWARD = """
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
        WHERE later.workshop_id = workshop.id AND later.state = 'placed'
            AND earlier.workshop_id = workshop.id AND earlier.state = 'waiting'
    ) THEN
        RAISE EXCEPTION 'Somebody in workshop % has a place and signed up after somebody who waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_in_order';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_moving_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-up stays with its workshop, its seller and its place in the order.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_is_not_moved';
END $$;
CREATE TRIGGER signup_is_not_moved BEFORE UPDATE ON workshops_signup FOR EACH ROW
    WHEN ((NEW.workshop_id, NEW.seller_id, NEW.signed_up_at)
        IS DISTINCT FROM (OLD.workshop_id, OLD.seller_id, OLD.signed_up_at))
    EXECUTE FUNCTION refuse_moving_signup();
"""

BACKWARD = """
DROP TRIGGER signup_is_not_moved ON workshops_signup;
DROP FUNCTION refuse_moving_signup();
CREATE OR REPLACE FUNCTION refuse_unfair_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    workshop workshops_workshop;
    placed integer;
    waits boolean;
BEGIN
    SELECT * INTO workshop FROM workshops_workshop
        WHERE id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint FOR NO KEY UPDATE;
    SELECT count(*) FILTER (WHERE state = 'placed'), coalesce(bool_or(state = 'waiting'), false) INTO placed, waits
        FROM workshops_signup WHERE workshop_id = workshop.id;
    IF placed > workshop.capacity THEN
        RAISE EXCEPTION 'Workshop % has % places and % were given.', workshop.id, workshop.capacity, placed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_within_capacity';
    END IF;
    IF waits AND placed < workshop.capacity AND workshop.cancelled_at IS NULL THEN
        RAISE EXCEPTION 'Workshop % has a free place while somebody waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_no_free_place_while_waiting';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Places are given in the order of signing up, a cancelled workshop has none, and a sign-up is never moved."""

    dependencies = [("workshops", "0002_places_never_exceed_capacity")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
