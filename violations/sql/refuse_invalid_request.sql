-- A reviewer asks about an open appeal of somebody else's, one request at a time, and a seller answers while the time to
-- answer runs. Locking the appeal makes those who ask at once take turns.
CREATE OR REPLACE FUNCTION refuse_invalid_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    appeal violations_appeal%ROWTYPE;
    person bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.asked_by_id ELSE NEW.withdrawn_by_id END;
BEGIN
    SELECT * INTO appeal FROM violations_appeal WHERE id = NEW.appeal_id FOR NO KEY UPDATE;
    IF appeal.state <> 'open' OR NEW.asked_at < appeal.filed_at THEN
        RAISE EXCEPTION 'Nothing can be asked about appeal % at %.', NEW.appeal_id, NEW.asked_at
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_request_of_open_appeal';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM violations_appealrequest WHERE appeal_id = NEW.appeal_id AND stands_until > NEW.asked_at
    ) THEN
        RAISE EXCEPTION 'The seller of appeal % is asked for something already.', NEW.appeal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_request_one_at_a_time';
    END IF;
    IF person = appeal.filed_by_id
        OR person = (SELECT issued_by_id FROM violations_violation WHERE id = appeal.violation_id)
        OR EXISTS (SELECT FROM sellers_member WHERE seller_id = appeal.seller_id AND user_id = person)
    THEN
        RAISE EXCEPTION 'Somebody else asks the seller of appeal %.', NEW.appeal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_request_by_other_hands';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_request_fits_its_appeal BEFORE INSERT ON violations_appealrequest
    FOR EACH ROW EXECUTE FUNCTION refuse_invalid_request();

CREATE TRIGGER appeal_request_withdrawn_by_other_hands BEFORE UPDATE ON violations_appealrequest
    FOR EACH ROW WHEN (NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION refuse_invalid_request();

CREATE OR REPLACE FUNCTION refuse_late_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM violations_appealrequest AS request JOIN violations_appeal AS appeal ON appeal.id = request.appeal_id
        WHERE request.id = NEW.request_id AND appeal.state = 'open'
            AND NEW.sent_at >= request.asked_at AND NEW.sent_at < request.stands_until
    ) THEN
        RAISE EXCEPTION 'Request % cannot be answered at %.', NEW.request_id, NEW.sent_at
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER appeal_answer_in_time BEFORE INSERT ON violations_appealanswer
    FOR EACH ROW EXECUTE FUNCTION refuse_late_answer();
