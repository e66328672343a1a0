from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sellers", "0003_lists_at_scale")]

    operations = [
        migrations.RemoveConstraint("market", "market_no_show_days_positive"),
        migrations.RenameField("market", "no_show_limit", "missed_workshop_limit"),
        migrations.RenameField("market", "no_show_days", "missed_workshop_days"),
        migrations.AddConstraint(
            "market",
            models.CheckConstraint(
                condition=models.Q(("missed_workshop_days__gte", 1)), name="market_missed_workshop_days_positive"
            ),
        ),
    ]
