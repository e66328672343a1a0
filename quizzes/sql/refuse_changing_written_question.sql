-- What is in review, published or retired stays as somebody reviewed it and sellers were asked it: only a draft is
-- written or deleted. Locking the question makes who writes its choices or pictures and who sends it for review take turns. A
-- question begins as a draft and takes one step after the other; what a command brings in is published without review.
CREATE OR REPLACE FUNCTION refuse_changing_written_question() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE WHEN TG_TABLE_NAME = 'quizzes_question' THEN (to_jsonb(OLD) ->> 'id')::bigint
        ELSE (coalesce(to_jsonb(OLD), to_jsonb(NEW)) ->> 'question_id')::bigint END;
    found text;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    SELECT state INTO found FROM quizzes_question WHERE id = touched FOR NO KEY UPDATE;
    IF found <> 'draft' THEN
        RAISE EXCEPTION 'Question % is no draft and stays as it is; replace it by a new one.', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_written_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER choice_of_written_question_stays BEFORE INSERT OR UPDATE OR DELETE ON quizzes_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_written_question();

CREATE TRIGGER picture_of_written_question_stays BEFORE INSERT OR UPDATE OR DELETE ON quizzes_questionpicture
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_written_question();

CREATE TRIGGER question_written_stays BEFORE UPDATE ON quizzes_question
    FOR EACH ROW WHEN ((OLD.text, OLD.scene, OLD.explanation, OLD.quiz_id, OLD.author_id, OLD.replaces_id)
        IS DISTINCT FROM (NEW.text, NEW.scene, NEW.explanation, NEW.quiz_id, NEW.author_id, NEW.replaces_id))
    EXECUTE FUNCTION refuse_changing_written_question();

CREATE TRIGGER question_written_is_kept BEFORE DELETE ON quizzes_question
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_written_question();

CREATE OR REPLACE FUNCTION refuse_question_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'draft' THEN RETURN NEW; END IF;
    ELSIF (OLD.state, NEW.state) IN (('draft', 'review'), ('review', 'draft'), ('review', 'published'),
            ('published', 'retired')) OR (OLD.state, NEW.state) = ('draft', 'published') AND NEW.author_id IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Question % cannot become %: it is a draft, then in review, then published, then retired.',
        NEW.id, NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'question_takes_its_steps';
END $$;

CREATE TRIGGER question_begins_as_draft BEFORE INSERT ON quizzes_question
    FOR EACH ROW EXECUTE FUNCTION refuse_question_step();

CREATE TRIGGER question_takes_its_steps BEFORE UPDATE OF state ON quizzes_question
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_question_step();
