-- A granted appeal's violation is voided, both in one transaction.
CREATE OR REPLACE FUNCTION refuse_grant_without_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM violations_violation WHERE id = NEW.violation_id AND voided_at IS NULL) THEN
        RAISE EXCEPTION 'Appeal % is granted but its violation stands.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_granted_voids_its_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER appeal_granted_voids_its_violation AFTER INSERT OR UPDATE ON violations_appeal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'granted')
    EXECUTE FUNCTION refuse_grant_without_effect();
