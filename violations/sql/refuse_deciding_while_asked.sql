-- An appeal's clock stands exactly while its seller is asked for something, and nobody decides on it meanwhile.
CREATE OR REPLACE FUNCTION refuse_deciding_while_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM violations_appealrequest WHERE appeal_id = NEW.id AND stands_until > NEW.decided_at
    ) THEN
        RAISE EXCEPTION 'The seller of appeal % is asked for something: it cannot be decided at %.', NEW.id, NEW.decided_at
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_not_decided_while_asked BEFORE UPDATE ON violations_appeal
    FOR EACH ROW WHEN (NEW.decided_at IS DISTINCT FROM OLD.decided_at AND NEW.decided_at IS NOT NULL)
    EXECUTE FUNCTION refuse_deciding_while_asked();

-- Checked when the transaction commits: a request and the appeal's clock are written in two statements.
CREATE OR REPLACE FUNCTION refuse_wrong_clock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    appeal bigint := CASE TG_TABLE_NAME WHEN 'violations_appeal' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'appeal_id')::bigint END;
BEGIN
    IF EXISTS (
        SELECT FROM violations_appeal WHERE id = appeal AND decide_by <> first_decide_by + (
            SELECT coalesce(sum(stands_until - asked_at), interval '0') FROM violations_appealrequest WHERE appeal_id = appeal
        )
    ) THEN
        RAISE EXCEPTION 'The clock of appeal % does not stand while its seller is asked.', appeal
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_clock_stands_while_asked';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER appeal_clock_stands_while_asked AFTER INSERT OR UPDATE ON violations_appeal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_wrong_clock();

CREATE CONSTRAINT TRIGGER appeal_request_stops_the_clock AFTER INSERT OR UPDATE ON violations_appealrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_wrong_clock();
