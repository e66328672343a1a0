from django.db import migrations, models

# A table that has checks waiting for the end of the transaction cannot be altered: they are made at once.
# Messages stay as they were posted, except for this: those that are there keep what is known of their content now.
FORWARD = """
ALTER TABLE inbox_message DISABLE TRIGGER message_stays_as_posted;
UPDATE inbox_message AS message SET content_kind = content.kind, content_title = content.title, content_url = content.url
    FROM sellers_content AS content WHERE content.id = message.content_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE inbox_message ENABLE TRIGGER message_stays_as_posted;
"""


class Migration(migrations.Migration):
    """What a message concerns stays as it was when it was posted."""

    dependencies = [
        ("inbox", "0012_a_message_is_never_changed"),
        ("sellers", "0014_addresses_can_be_written_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="content_kind",
            field=models.CharField(
                blank=True,
                choices=[("live", "LIVE"), ("video", "Video"), ("listing", "Listing")],
                db_default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="content_title",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="message",
            name="content_url",
            field=models.URLField(blank=True, db_default="", max_length=500),
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(content=None, content_kind="", content_title="", content_url="")
                | models.Q(content__isnull=False, content_kind__in=["live", "video", "listing"]),
                name="message_keeps_what_it_concerns",
            ),
        ),
    ]
