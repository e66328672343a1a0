from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0005_other_indexes_serve_for_seller_and_message")]

    operations = [
        migrations.AddIndex(
            model_name="emaildelivery",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["due_at"], name="email_delivery_dead"),
        ),
    ]
