from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("violations", "0009_uploads_count_their_attempts")]

    operations = [
        migrations.RemoveIndex(model_name="violation", name="violation_seller_recorded"),
        migrations.AddIndex(
            model_name="violation",
            index=models.Index(
                fields=["seller", "recorded_at"], include=("policy_version",), name="violation_seller_recorded"
            ),
        ),
    ]
