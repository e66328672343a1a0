-- A question is answered by a section of its own policy's article.
CREATE OR REPLACE FUNCTION refuse_foreign_section() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM policies_articlesection section
            JOIN policies_article article ON article.id = section.article_id
            JOIN quizzes_quiz quiz ON quiz.policy_id = article.policy_id
            WHERE section.id = NEW.section_id AND quiz.id = NEW.quiz_id) THEN
        RAISE EXCEPTION 'Question % names a section of another policy''s article.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_section_is_of_its_policy';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER question_section_is_of_its_policy BEFORE INSERT OR UPDATE OF section_id, quiz_id ON quizzes_question
    FOR EACH ROW WHEN (NEW.section_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_section();
