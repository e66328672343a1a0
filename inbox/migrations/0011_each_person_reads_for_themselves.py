import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What somebody had read counts as read by everybody who acts for the seller now: nobody's inbox fills up again.
FORWARD = """
INSERT INTO inbox_messageread (message_id, user_id, read_at)
SELECT message.id, member.user_id, message.read_at
FROM inbox_message AS message
JOIN sellers_member AS member ON member.seller_id = message.seller_id
WHERE message.read_at IS NOT NULL
ORDER BY message.id, member.id
"""

BACKWARD = """
UPDATE inbox_message AS message SET read_at = first.read_at
FROM (SELECT message_id, min(read_at) AS read_at FROM inbox_messageread GROUP BY message_id) AS first
WHERE first.message_id = message.id AND message.read_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0010_texts_are_bounded"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reads", to="inbox.message"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "message"), name="message_read_once_per_person")
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
