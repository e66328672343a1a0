-- Nobody decides on an appeal that they filed.
CREATE OR REPLACE FUNCTION refuse_deciding_own_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Who filed appeal % cannot decide on it.', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER appeal_not_decided_by_who_filed BEFORE UPDATE ON violations_appeal
    FOR EACH ROW WHEN (NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id AND NEW.decided_by_id = NEW.filed_by_id)
    EXECUTE FUNCTION refuse_deciding_own_appeal();
