from django.db import migrations, models

# The total that reached a milestone is the most that the milestone can have asked for then.
FILL = """
UPDATE violations_enforcementaction a SET milestone_points = least(m.points, a.total)
    FROM violations_milestone m WHERE m.id = a.milestone_id
"""


class Migration(migrations.Migration):
    """An action keeps the points of its milestone as they were when it was reached."""

    dependencies = [("violations", "0002_ledger_is_append_only_and_sound")]

    operations = [
        migrations.AddField(
            model_name="enforcementaction",
            name="milestone_points",
            field=models.PositiveSmallIntegerField(default=0, help_text="The milestone's points when it was reached."),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="enforcementaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("total__gte", models.F("milestone_points"))), name="action_total_reached_milestone"
            ),
        ),
    ]
