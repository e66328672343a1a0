from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_lists_at_scale"),
    ]

    operations = apply_rules(
        "accounts",
        "refuse_unapproved_superuser",
    )
