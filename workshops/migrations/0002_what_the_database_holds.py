from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("workshops", "0001_initial"),
        ("sellers", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "workshops",
        "refuse_another_market",
        "refuse_deleting_signup",
        "refuse_moving_signup",
        "refuse_unfair_places",
    )
