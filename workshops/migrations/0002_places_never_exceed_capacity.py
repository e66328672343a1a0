from django.db import migrations

FORWARD = """
-- Checked when the transaction commits, so that a service may cancel a place and promote the next in two statements.
-- Locking the workshop makes transactions that change its places take turns.
CREATE FUNCTION refuse_unfair_places() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER signup_places_are_fair AFTER INSERT OR UPDATE ON workshops_signup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unfair_places('workshop_id');
CREATE CONSTRAINT TRIGGER workshop_places_are_fair AFTER UPDATE ON workshops_workshop
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.capacity <> OLD.capacity OR NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at)
    EXECUTE FUNCTION refuse_unfair_places('id');

CREATE FUNCTION refuse_deleting_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-up is cancelled, not deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_is_not_deleted';
END $$;
CREATE TRIGGER signup_is_not_deleted BEFORE DELETE ON workshops_signup
    FOR EACH ROW EXECUTE FUNCTION refuse_deleting_signup();
"""

BACKWARD = """
DROP TRIGGER signup_is_not_deleted ON workshops_signup;
DROP TRIGGER workshop_places_are_fair ON workshops_workshop;
DROP TRIGGER signup_places_are_fair ON workshops_signup;
DROP FUNCTION refuse_deleting_signup(), refuse_unfair_places();
"""


class Migration(migrations.Migration):
    """Never more places than the capacity, and no free place while somebody waits."""

    dependencies = [("workshops", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
