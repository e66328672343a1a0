import django.utils.timezone
from django.db import migrations, models

# What is published was announced in the transaction that published it.
ANNOUNCED = """
UPDATE reports_reportchunk c SET announced_at = r.published_at
FROM reports_reportrun r WHERE r.id = c.run_id AND r.published_at IS NOT NULL
"""


class Migration(migrations.Migration):
    """Sellers are told chunk by chunk after publication; a chunk counts how often a worker started on it."""

    dependencies = [
        ("reports", "0004_report_run_knows_the_workshops_ahead"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportchunk",
            name="announced_at",
            field=models.DateTimeField(blank=True, help_text="When its sellers were told.", null=True),
        ),
        migrations.AddField(
            model_name="reportchunk",
            name="started_at",
            field=models.DateTimeField(
                blank=True, help_text="When a worker started of which nothing was heard since.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="reportchunk",
            name="attempts",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How often a worker started, whether it failed, was lost or is at work."
            ),
        ),
        migrations.AlterField(
            model_name="reportchunk",
            name="due_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="Not to be handed out before; a hand-out and a start move it on.",
            ),
        ),
        migrations.RunSQL(ANNOUNCED, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="reportchunk", name="report_chunk_open"),
        migrations.AddIndex(
            model_name="reportchunk",
            index=models.Index(condition=models.Q(("announced_at", None)), fields=["due_at"], name="report_chunk_open"),
        ),
        migrations.AddConstraint(
            model_name="reportchunk",
            constraint=models.CheckConstraint(
                condition=models.Q(("announced_at", None), ("done_at__isnull", False), _connector="OR"),
                name="report_chunk_announced_once_done",
            ),
        ),
    ]
