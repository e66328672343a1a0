-- Who signed up first stays first, and a sign-up that was cancelled stays so: signing up again is another one.
CREATE OR REPLACE FUNCTION refuse_moving_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-up stays with its workshop, its seller and its place in the order.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_is_not_moved';
END $$;

CREATE TRIGGER signup_is_not_moved BEFORE UPDATE ON workshops_signup FOR EACH ROW
    WHEN ((NEW.id, NEW.workshop_id, NEW.seller_id, NEW.signed_up_at)
    IS DISTINCT FROM (OLD.id, OLD.workshop_id, OLD.seller_id, OLD.signed_up_at)
    OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled'))
    EXECUTE FUNCTION refuse_moving_signup();
