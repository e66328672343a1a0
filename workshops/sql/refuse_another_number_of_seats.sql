-- Seats come and go with the capacity alone.
CREATE OR REPLACE FUNCTION refuse_another_number_of_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT workshop.id INTO wrong FROM workshops_workshop workshop
        WHERE workshop.id IN (SELECT workshop_id FROM changed)
            AND (SELECT count(*) FROM workshops_seat seat WHERE seat.workshop_id = workshop.id)
                <> CASE WHEN workshop.published_at IS NULL THEN 0 ELSE workshop.capacity END;
    IF FOUND THEN
        RAISE EXCEPTION 'Workshop % has another number of seats than its capacity.', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workshop_has_its_seats';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER seats_added_to_capacity AFTER INSERT ON workshops_seat REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_another_number_of_seats();

CREATE TRIGGER seats_removed_to_capacity AFTER DELETE ON workshops_seat REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_another_number_of_seats();
