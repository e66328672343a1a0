from django.db import migrations

FORWARD = """
ALTER TABLE quizzes_attemptquestion ADD CONSTRAINT attempt_question_choice_is_its_own
    FOREIGN KEY (choice_id, question_id) REFERENCES quizzes_choice (id, question_id);
ALTER TABLE quizzes_attempt ADD CONSTRAINT attempt_violation_is_the_sellers
    FOREIGN KEY (violation_id, seller_id) REFERENCES violations_violation (id, seller_id);
"""

BACKWARD = """
ALTER TABLE quizzes_attempt DROP CONSTRAINT attempt_violation_is_the_sellers;
ALTER TABLE quizzes_attemptquestion DROP CONSTRAINT attempt_question_choice_is_its_own;
"""


class Migration(migrations.Migration):
    """An answer is a choice of its question, and an attempt is about a violation of its seller's."""

    dependencies = [("quizzes", "0001_initial"), ("violations", "0002_ledger_is_append_only_and_sound")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
