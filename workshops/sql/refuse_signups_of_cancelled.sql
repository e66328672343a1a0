-- A workshop is cancelled together with its sign-ups.
CREATE OR REPLACE FUNCTION refuse_signups_of_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_places(NEW.id);
    IF EXISTS (SELECT FROM workshops_signup WHERE workshop_id = NEW.id AND state <> 'cancelled') THEN
        RAISE EXCEPTION 'Workshop % is cancelled and has sign-ups that are not.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_cancelled_has_no_signups';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER workshop_cancelled_has_no_signups AFTER UPDATE OF cancelled_at ON workshops_workshop
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.cancelled_at IS NOT NULL)
    EXECUTE FUNCTION refuse_signups_of_cancelled();
