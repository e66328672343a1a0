from django.db import migrations, models

# Appeals stay as they were filed, except for this: those that are there get the deadline that their market asks for now.
FILL = """
ALTER TABLE violations_appeal DISABLE TRIGGER USER;
UPDATE violations_appeal a SET decide_by = a.filed_at + m.appeal_decision_days * interval '24 hours'
    FROM sellers_seller s JOIN sellers_market m ON m.id = s.market_id WHERE s.id = a.seller_id;
ALTER TABLE violations_appeal ENABLE TRIGGER USER;
"""

STAYS = """
DROP TRIGGER appeal_stays_as_filed ON violations_appeal;
CREATE TRIGGER appeal_stays_as_filed BEFORE UPDATE ON violations_appeal
    FOR EACH ROW WHEN (
        OLD.state <> 'open'
        OR (OLD.seller_id, OLD.violation_id, OLD.text, OLD.filed_at, OLD.filed_by_id{more_old})
            IS DISTINCT FROM (NEW.seller_id, NEW.violation_id, NEW.text, NEW.filed_at, NEW.filed_by_id{more_new})
    ) EXECUTE FUNCTION refuse_rewriting_appeal();
"""


class Migration(migrations.Migration):
    """An appeal is to be decided by a day, which is kept as it was when it was filed."""

    dependencies = [
        ("sellers", "0005_markets_name_the_further_route"),
        ("violations", "0005_policy_changes_are_announced"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="appeal", name="appeal_queue"),
        migrations.AddField(
            model_name="appeal", name="decide_by", field=models.DateTimeField(null=True), preserve_default=False
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="appeal",
            name="decide_by",
            field=models.DateTimeField(
                help_text="When it is to be decided at the latest, by the market's rule at filing."
            ),
        ),
        migrations.AddIndex(
            model_name="appeal",
            index=models.Index(condition=models.Q(("state", "open")), fields=["decide_by"], name="appeal_queue"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("decide_by__gt", models.F("filed_at"))), name="appeal_decided_by_a_day"
            ),
        ),
        migrations.RunSQL(
            STAYS.format(more_old=", OLD.decide_by", more_new=", NEW.decide_by"), STAYS.format(more_old="", more_new="")
        ),
    ]
