from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0003_name_encrypted_secrets")]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="confirms_actions",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Staff are told of each that is not confirmed 15 minutes after its start.",
                verbose_name="confirms enforcement actions",
            ),
        ),
    ]
