import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0004_emails_can_be_left_and_keep_a_pace"),
        ("sellers", "0007_books_are_closed_in_turn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="emaildelivery",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="inbox.message",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="seller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="sellers.seller",
            ),
        ),
    ]
