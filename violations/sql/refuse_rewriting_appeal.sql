-- An appeal stays as it was filed; a decision or a withdrawal is written once. Nothing of it is deleted but its files, two
-- years after the decision.
CREATE OR REPLACE FUNCTION refuse_rewriting_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'violations_appealattachment' THEN
        IF EXISTS (
            SELECT FROM violations_appeal AS appeal
            WHERE appeal.decided_at < now() - interval '730 days' AND appeal.id = coalesce(OLD.appeal_id, (
                SELECT request.appeal_id FROM violations_appealanswer AS answer
                JOIN violations_appealrequest AS request ON request.id = answer.request_id WHERE answer.id = OLD.answer_id
            ))
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'Appeals stay as they were filed and decided: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'appeal_stays_as_filed';
END $$;

CREATE TRIGGER appeal_is_not_deleted BEFORE DELETE ON violations_appeal
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_appeal();

CREATE TRIGGER appeal_stays_as_filed BEFORE UPDATE ON violations_appeal
    FOR EACH ROW WHEN (
        OLD.state <> 'open'
        OR (OLD.seller_id, OLD.violation_id, OLD.text, OLD.filed_at, OLD.filed_by_id, OLD.first_decide_by)
            IS DISTINCT FROM (NEW.seller_id, NEW.violation_id, NEW.text, NEW.filed_at, NEW.filed_by_id, NEW.first_decide_by)
    )
    EXECUTE FUNCTION refuse_rewriting_appeal();

CREATE TRIGGER appeal_attachment_stays BEFORE UPDATE OR DELETE ON violations_appealattachment
    FOR EACH ROW WHEN (OLD.draft_id IS NULL) EXECUTE FUNCTION refuse_rewriting_appeal();
