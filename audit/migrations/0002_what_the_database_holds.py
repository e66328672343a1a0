from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = apply_rules(
        "audit",
        "refuse_changing_trail",
        "unname_in_trail",
    )
