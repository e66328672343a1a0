from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0002_messages_keep_to_their_seller_and_open_books"),
        ("sellers", "0003_api_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="external_id",
            field=models.CharField(
                blank=True,
                help_text="The marketplace's own id; empty for what the portal says.",
                max_length=64,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id__isnull", False)),
                fields=("seller", "external_id"),
                name="message_external_id_unique_for_seller",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("external_id", ""), _negated=True), name="message_external_id_not_blank"
            ),
        ),
    ]
