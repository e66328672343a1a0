from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
        ("sellers", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "reports",
        "refuse_changing_published_report",
        "refuse_changing_published_run",
        "refuse_emptying_reports",
        "refuse_removing_run_with_reports",
        "refuse_removing_seller_with_reports",
        "refuse_invalid_report",
    )
