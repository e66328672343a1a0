from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("sellers", "0001_initial"),
    ]

    operations = apply_rules(
        "sellers",
        "refuse_clock_ahead",
        "keep_books_open",
        "lock_books",
        "recording_time",
        "local_day",
        "refuse_closed_books",
        "refuse_closing_books_ahead",
        "refuse_closing_books_in_use",
        "refuse_reopening_books",
        "keep_an_owner",
        "refuse_beyond_scope",
        "refuse_changing_note",
        "refuse_unapproved_controls",
    )
