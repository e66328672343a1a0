-- The answers of an attempt that was graded stay as they are; of one that was not passed, for a year.
CREATE OR REPLACE FUNCTION refuse_changing_graded_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.attempt_id ELSE OLD.attempt_id END;
BEGIN
    IF (SELECT submitted_at IS NOT NULL AND (TG_OP <> 'DELETE' OR passed OR submitted_at >= now() - interval '365 days')
        FROM quizzes_attempt WHERE id = touched) THEN
        RAISE EXCEPTION 'Attempt % is submitted and its answers stay as they are.', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_graded_answer_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER attempt_graded_answer_stays BEFORE INSERT OR DELETE OR UPDATE OF chosen, answered_at, attempt_id
    ON quizzes_attemptquestion FOR EACH ROW EXECUTE FUNCTION refuse_changing_graded_answer();
