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
        WHERE later.workshop_id = workshop.id AND later.state = 'placed' AND NOT later.by_hand
            AND earlier.workshop_id = workshop.id AND earlier.state = 'waiting'
    ) THEN
        RAISE EXCEPTION 'Somebody in workshop % has a place and signed up after somebody who waits.', workshop.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_in_order';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_another_market() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Workshop % is published and stays in its market.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_published_stays_in_market';
END $$;
CREATE TRIGGER workshop_published_stays_in_market BEFORE UPDATE OF market_id ON workshops_workshop
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND NEW.market_id <> OLD.market_id)
    EXECUTE FUNCTION refuse_another_market();
"""

BACKWARD = """
DROP TRIGGER workshop_published_stays_in_market ON workshops_workshop;
DROP FUNCTION refuse_another_market();
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
"""


class Migration(migrations.Migration):
    """A place that a host gave by hand may come before somebody who waits; a published workshop keeps its market."""

    dependencies = [("workshops", "0004_moved_and_cancelled_say_what_changed")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
