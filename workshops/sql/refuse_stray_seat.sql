-- Checked when the transaction commits: a seat that is taken is a sign-up's, and one that is not is nobody's.
CREATE OR REPLACE FUNCTION refuse_stray_seat() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT seat.id INTO stray
        FROM workshops_seat seat LEFT JOIN workshops_signup signup ON signup.seat_id = seat.id
        WHERE seat.id IN ((to_jsonb(NEW) ->> TG_ARGV[0])::bigint, (to_jsonb(OLD) ->> TG_ARGV[0])::bigint)
            AND (seat.state = 'taken') <> (signup.id IS NOT NULL);
    IF FOUND THEN
        RAISE EXCEPTION 'Seat % is taken by nobody, or somebody has it and it is not taken.', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_taken_is_a_signups';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER seat_taken_is_a_signups AFTER INSERT OR UPDATE OF state ON workshops_seat
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_stray_seat('id');

CREATE CONSTRAINT TRIGGER signup_seat_is_taken AFTER INSERT OR UPDATE OF seat_id ON workshops_signup
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_stray_seat('seat_id');
