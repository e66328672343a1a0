-- What a seller was asked and what they answered stays; a request ends once, and by an answer only if there is one.
CREATE OR REPLACE FUNCTION refuse_rewriting_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Requests and answers stay as they were sent: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_request_stays_as_asked';
END $$;

CREATE TRIGGER appeal_request_is_not_deleted BEFORE DELETE ON violations_appealrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_request();

CREATE TRIGGER appeal_request_stays_as_asked BEFORE UPDATE ON violations_appealrequest
    FOR EACH ROW WHEN (
        OLD.answered_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL
        OR (OLD.appeal_id, OLD.things, OLD.note, OLD.asked_at, OLD.asked_by_id, OLD.answer_by)
            IS DISTINCT FROM (NEW.appeal_id, NEW.things, NEW.note, NEW.asked_at, NEW.asked_by_id, NEW.answer_by)
    )
    EXECUTE FUNCTION refuse_rewriting_request();

CREATE TRIGGER appeal_answer_stays BEFORE UPDATE OR DELETE ON violations_appealanswer
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_request();

CREATE OR REPLACE FUNCTION refuse_unanswered_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM violations_appealanswer WHERE request_id = NEW.id AND sent_at = NEW.answered_at
    ) THEN
        RAISE EXCEPTION 'Request % has no answer of %.', NEW.id, NEW.answered_at
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_request_answered_by_an_answer BEFORE INSERT OR UPDATE ON violations_appealrequest
    FOR EACH ROW WHEN (NEW.answered_at IS NOT NULL) EXECUTE FUNCTION refuse_unanswered_end();
