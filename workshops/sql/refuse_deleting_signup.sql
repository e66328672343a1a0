-- A sign-up that is given up is cancelled, so that its place in the order stays known.
CREATE OR REPLACE FUNCTION refuse_deleting_signup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A sign-up is cancelled, not deleted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'signup_is_not_deleted';
END $$;

CREATE TRIGGER signup_is_not_deleted BEFORE DELETE ON workshops_signup
    FOR EACH ROW EXECUTE FUNCTION refuse_deleting_signup();
