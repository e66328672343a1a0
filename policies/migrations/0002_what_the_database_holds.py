from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0001_initial"),
    ]

    operations = apply_rules(
        "policies",
        "refuse_rewriting_policy",
    )
