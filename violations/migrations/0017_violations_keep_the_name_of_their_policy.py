from django.db import migrations, models
from django.db.models import Q

# A table that has checks waiting for the end of the transaction cannot be altered: they are made at once.
# Violations stay as they were issued, except for this: those that are there keep what their policy is called now.
FORWARD = """
ALTER TABLE violations_violation DISABLE TRIGGER USER;
UPDATE violations_violation AS violation SET policy_name = policy.name
    FROM violations_policyversion AS version JOIN violations_policy AS policy ON policy.id = version.policy_id
    WHERE version.id = violation.policy_version_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE violations_violation ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    """A statement of reasons names its policy as it was called when the violation was issued."""

    dependencies = [("violations", "0016_reasons_of_changes_are_bounded")]

    operations = [
        migrations.AddField(
            model_name="violation",
            name="policy_name",
            field=models.CharField(
                default="", help_text="What the policy was called when it was issued.", max_length=120
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="violation",
            constraint=models.CheckConstraint(name="violation_names_its_policy", condition=~Q(policy_name="")),
        ),
    ]
