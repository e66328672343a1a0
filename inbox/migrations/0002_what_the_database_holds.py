from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0001_initial"),
        ("sellers", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "inbox",
        "message_content_is_the_sellers",
        "message_recorded_in_open_books",
        "refuse_rewriting_message",
    )
