-- A question that somebody was asked is retired and replaced, never changed.
CREATE OR REPLACE FUNCTION refuse_changing_asked_question() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE WHEN TG_TABLE_NAME = 'quizzes_question' THEN (to_jsonb(OLD) ->> 'id')::bigint
        ELSE (coalesce(to_jsonb(OLD), to_jsonb(NEW)) ->> 'question_id')::bigint END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM quizzes_attemptquestion WHERE question_id = touched) THEN
        RAISE EXCEPTION 'Question % was asked already and stays as it is; retire it and add a new one.', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_asked_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER choice_of_asked_question_stays BEFORE INSERT OR UPDATE OR DELETE ON quizzes_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_asked_question();

CREATE TRIGGER question_asked_stays BEFORE UPDATE ON quizzes_question
    FOR EACH ROW WHEN ((OLD.text, OLD.explanation, OLD.quiz_id)
        IS DISTINCT FROM (NEW.text, NEW.explanation, NEW.quiz_id))
    EXECUTE FUNCTION refuse_changing_asked_question();
