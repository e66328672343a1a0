-- A seat that becomes free goes to somebody who waits in the same transaction. Nobody signs up while this looks.
CREATE OR REPLACE FUNCTION refuse_free_place_while_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_places(NEW.workshop_id);
    IF EXISTS (SELECT FROM workshops_seat WHERE workshop_id = NEW.workshop_id AND state = 'free')
        AND EXISTS (SELECT FROM workshops_signup WHERE workshop_id = NEW.workshop_id AND state = 'waiting')
    THEN
        RAISE EXCEPTION 'Workshop % has a free place while somebody waits.', NEW.workshop_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_no_free_place_while_waiting';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER seat_free_while_nobody_waits AFTER INSERT OR UPDATE OF state ON workshops_seat
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'free')
    EXECUTE FUNCTION refuse_free_place_while_waiting();
