from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0003_report_run_keeps_the_rules_of_its_market"),
    ]

    operations = [
        migrations.AddField(
            model_name="reportrun",
            name="workshops",
            field=models.JSONField(
                default=list,
                help_text="Ids of the market's workshops in the weeks to come, as published when the week ended.",
            ),
        ),
    ]
