from django.db import migrations

FORWARD = r"""
-- What differs only in case, spaces, invisible characters or width reads the same: as quizzes.rules.folded.
CREATE FUNCTION folded_text(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(btrim(regexp_replace(
        regexp_replace(normalize(value, NFKC),
            U&'[\00AD\200B-\200F\202A-\202E\2060-\2064\2066-\2069\FEFF]', '', 'g'),
        U&'[\0009-\000D\0020\0085\00A0\1680\2000-\200A\2028\2029\202F\205F\3000]+', ' ', 'g'), ' '))
$$;

-- A trigger and no unique index: questions that were asked keep their choices, whatever they are. Locking the question
-- makes those who write its choices take turns.
CREATE FUNCTION refuse_equal_choices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM quizzes_question WHERE id = NEW.question_id FOR NO KEY UPDATE;
    -- The choice as it is now: since it was written, it may have been written again.
    IF EXISTS (SELECT FROM quizzes_choice own JOIN quizzes_choice other USING (question_id)
            WHERE own.id = NEW.id AND other.id <> own.id AND folded_text(other.text) = folded_text(own.text)) THEN
        RAISE EXCEPTION 'Question % has two choices that read the same.', NEW.question_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'choice_reads_unlike_others';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER choice_reads_unlike_others AFTER INSERT OR UPDATE OF text, question_id ON quizzes_choice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_equal_choices();

-- A pass never removes more than the worst wording of the policy gives. Checked when written: wordings come and go.
CREATE FUNCTION refuse_excessive_pass_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.pass_points > greatest(1, (SELECT max(points) FROM violations_policyversion
            WHERE policy_id = NEW.policy_id AND published_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'A pass of quiz % would remove more points than its policy gives.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quiz_pass_points_within_policy';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quiz_pass_points_within_policy BEFORE INSERT OR UPDATE OF pass_points, policy_id ON quizzes_quiz
    FOR EACH ROW EXECUTE FUNCTION refuse_excessive_pass_points();

-- A question is answered by a section of its own policy's article.
CREATE FUNCTION refuse_foreign_section() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM violations_articlesection section
            JOIN violations_article article ON article.id = section.article_id
            JOIN quizzes_quiz quiz ON quiz.policy_id = article.policy_id
            WHERE section.id = NEW.section_id AND quiz.id = NEW.quiz_id) THEN
        RAISE EXCEPTION 'Question % names a section of another policy''s article.', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_section_is_of_its_policy';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER question_section_is_of_its_policy BEFORE INSERT OR UPDATE OF section_id, quiz_id ON quizzes_question
    FOR EACH ROW WHEN (NEW.section_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_section();
"""

BACKWARD = """
DROP TRIGGER question_section_is_of_its_policy ON quizzes_question;
DROP TRIGGER quiz_pass_points_within_policy ON quizzes_quiz;
DROP TRIGGER choice_reads_unlike_others ON quizzes_choice;
DROP FUNCTION refuse_foreign_section(), refuse_excessive_pass_points(), refuse_equal_choices(), folded_text(text);
"""


class Migration(migrations.Migration):
    """Choices of a question read differently, and a pass removes no more than the policy gives."""

    dependencies = [
        ("quizzes", "0005_attempts_keep_the_order_of_choices"),
        ("violations", "0010_lists_of_a_seller_need_no_index_of_their_own"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
