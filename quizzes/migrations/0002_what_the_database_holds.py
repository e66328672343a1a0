from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("quizzes", "0001_initial"),
        ("policies", "0002_what_the_database_holds"),
        ("sellers", "0002_what_the_database_holds"),
        ("violations", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "quizzes",
        "folded_text",
        "attempt_violation_is_the_sellers",
        "refuse_attempt_above_limit",
        "refuse_changing_drawn_question",
        "refuse_changing_graded_answer",
        "refuse_changing_graded_attempt",
        "refuse_changing_written_question",
        "refuse_equal_choices",
        "refuse_excessive_pass_points",
        "refuse_foreign_section",
        "refuse_reward_above_limit",
        "refuse_rewriting_regrade",
        "refuse_unapproved_pass_points",
        "refuse_unfair_assignment",
        "question_replaces_one_of_its_quiz",
    )
