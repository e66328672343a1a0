import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0004_limits_hold_and_graded_attempts_stay")]

    operations = [
        migrations.AddField(
            model_name="attemptquestion",
            name="choice_order",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                default=list,
                help_text="The ids of its choices as this attempt shows them; empty means in the order of the bank.",
                size=None,
            ),
        ),
    ]
