-- What was graded stays as it was: the attempt, its questions and its answers.
CREATE OR REPLACE FUNCTION refuse_changing_graded_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Attempt % is submitted and stays as it is.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_graded_stays';
END $$;

CREATE TRIGGER attempt_graded_stays BEFORE UPDATE OR DELETE ON quizzes_attempt
    FOR EACH ROW WHEN (OLD.submitted_at IS NOT NULL) EXECUTE FUNCTION refuse_changing_graded_attempt();
