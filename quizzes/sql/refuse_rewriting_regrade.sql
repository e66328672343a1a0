-- A regrade stays as it was decided: only its progress is written, and that goes forward. What became of an attempt
-- by it stays for good. It marks choices of its own question as right, and not all of them.
CREATE OR REPLACE FUNCTION refuse_rewriting_regrade() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Regrade % stays as it was decided: % is refused.', OLD.id, TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'regrade_stays_as_decided';
END $$;

CREATE TRIGGER regrade_decided_is_not_deleted BEFORE DELETE ON quizzes_regrade
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_regrade();

CREATE TRIGGER regrade_stays_as_decided BEFORE UPDATE ON quizzes_regrade
    FOR EACH ROW WHEN (
        OLD.done_at IS NOT NULL
        OR NEW.last_asked_id < OLD.last_asked_id
        OR (NEW.question_id, NEW.right_ids, NEW.explanation, NEW.reason, NEW.proposed_by_id, NEW.proposed_at)
            IS DISTINCT FROM
            (OLD.question_id, OLD.right_ids, OLD.explanation, OLD.reason, OLD.proposed_by_id, OLD.proposed_at)
        OR OLD.decided_at IS NOT NULL AND (NEW.decided_by_id, NEW.decided_at, NEW.approved, NEW.alone_reason)
            IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at, OLD.approved, OLD.alone_reason)
    )
    EXECUTE FUNCTION refuse_rewriting_regrade();

CREATE OR REPLACE FUNCTION refuse_foreign_right_choice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own bigint[] := ARRAY(SELECT id FROM quizzes_choice WHERE question_id = NEW.question_id);
BEGIN
    IF NOT NEW.right_ids <@ own OR own <@ NEW.right_ids THEN
        RAISE EXCEPTION 'Regrade % marks choices of another question, or every one, as right.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'regrade_marks_own_choices';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER regrade_marks_own_choices BEFORE INSERT ON quizzes_regrade
    FOR EACH ROW EXECUTE FUNCTION refuse_foreign_right_choice();

CREATE OR REPLACE FUNCTION refuse_rewriting_regraded_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What became of attempt % by a regrade stays as it is.', OLD.attempt_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'regraded_attempt_stays';
END $$;

CREATE TRIGGER regraded_attempt_stays BEFORE UPDATE OR DELETE ON quizzes_regradedattempt
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_regraded_attempt();
