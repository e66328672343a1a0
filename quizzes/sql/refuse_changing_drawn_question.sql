-- A question stays as an attempt drew it, whatever becomes of the bank; only its answer is written. A section that is
-- deleted is forgotten.
CREATE OR REPLACE FUNCTION refuse_changing_drawn_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Question % of attempt % stays as it was drawn.', OLD.position, OLD.attempt_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_drawn_question_stays';
END $$;

CREATE TRIGGER attempt_drawn_question_stays BEFORE UPDATE ON quizzes_attemptquestion
    FOR EACH ROW WHEN ((OLD.id, OLD.attempt_id, OLD.question_id, OLD.position, OLD.text, OLD.scene, OLD.explanation,
            coalesce(NEW.section_id, OLD.section_id), OLD.pictures, OLD.choice_ids, OLD.choice_texts, OLD.right_ids)
        IS DISTINCT FROM (NEW.id, NEW.attempt_id, NEW.question_id, NEW.position, NEW.text, NEW.scene, NEW.explanation,
            OLD.section_id, NEW.pictures, NEW.choice_ids, NEW.choice_texts, NEW.right_ids))
    EXECUTE FUNCTION refuse_changing_drawn_question();
