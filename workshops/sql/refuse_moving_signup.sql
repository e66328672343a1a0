-- Who signed up first stays first.
CREATE OR REPLACE FUNCTION refuse_moving_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-up stays with its workshop, its seller and its place in the order.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_is_not_moved';
END $$;

CREATE TRIGGER signup_is_not_moved BEFORE UPDATE ON workshops_signup FOR EACH ROW
    WHEN ((NEW.workshop_id, NEW.seller_id, NEW.signed_up_at)
    IS DISTINCT FROM (OLD.workshop_id, OLD.seller_id, OLD.signed_up_at))
    EXECUTE FUNCTION refuse_moving_signup();
