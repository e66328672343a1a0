-- A certificate is for somebody who is noted as there, and says for ever what it said when it was issued.
CREATE OR REPLACE FUNCTION refuse_certificate_of_absent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'A certificate stays as it was issued.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_stays_as_issued';
    END IF;
    IF NOT EXISTS (SELECT FROM workshops_signup WHERE id = NEW.signup_id AND checked_in_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Sign-up % was not there.', NEW.signup_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'certificate_is_of_who_was_there';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER certificate_is_of_who_was_there BEFORE INSERT OR UPDATE ON workshops_certificate
    FOR EACH ROW EXECUTE FUNCTION refuse_certificate_of_absent();
