-- A published workshop has as many seats as its capacity, a draft none. Fewer seats than places given are refused.
CREATE OR REPLACE FUNCTION keep_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted integer := CASE WHEN NEW.published_at IS NULL THEN 0 ELSE NEW.capacity END;
    there integer;
    taken integer;
BEGIN
    PERFORM lock_places(NEW.id);
    SELECT count(*), count(*) FILTER (WHERE state = 'taken') INTO there, taken
        FROM workshops_seat WHERE workshop_id = NEW.id;
    IF taken > wanted THEN
        RAISE EXCEPTION 'Workshop % would have % places and % are given.', NEW.id, wanted, taken
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_places_within_capacity';
    END IF;
    INSERT INTO workshops_seat (workshop_id, state) SELECT NEW.id, 'free' FROM generate_series(there + 1, wanted);
    DELETE FROM workshops_seat WHERE id IN (
        SELECT id FROM workshops_seat WHERE workshop_id = NEW.id AND state <> 'taken'
        ORDER BY state DESC, id DESC LIMIT greatest(there - wanted, 0));
    RETURN NULL;
END $$;

CREATE TRIGGER workshop_keeps_seats AFTER INSERT OR UPDATE OF capacity, published_at ON workshops_workshop
    FOR EACH ROW EXECUTE FUNCTION keep_seats();
