import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sellers", "0010_a_clock_that_is_ahead_records_nothing")]

    operations = [
        migrations.AlterField(
            model_name="market",
            name="appeal_days",
            field=models.PositiveSmallIntegerField(
                default=30,
                help_text="Days after a violation was told in which the seller can appeal.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        )
    ]
