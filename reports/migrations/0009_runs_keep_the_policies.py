from django.db import migrations

# What runs of before this migration are given is what the policies say now.
FORWARD = """
ALTER TABLE reports_reportrun DISABLE TRIGGER report_run_published_is_frozen;
UPDATE reports_reportrun AS run SET rules = run.rules || jsonb_build_object('policies', (
    SELECT coalesce(jsonb_object_agg(policy.code, jsonb_build_object(
        'name', policy.name, 'article', article.title, 'quiz_points', quiz.pass_points
    )), '{}')
    FROM violations_policy AS policy
    LEFT JOIN violations_article AS article ON article.policy_id = policy.id
    LEFT JOIN quizzes_quiz AS quiz ON quiz.policy_id = policy.id AND quiz.published_at < run.ends_at
));
ALTER TABLE reports_reportrun ENABLE TRIGGER report_run_published_is_frozen;
"""


class Migration(migrations.Migration):
    """Reports name policies by their code; the run keeps the names that they had."""

    dependencies = [
        ("reports", "0008_reports_are_not_emptied"),
        ("violations", "0010_lists_of_a_seller_need_no_index_of_their_own"),
        ("quizzes", "0003_attempts_say_why_unrewarded"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
