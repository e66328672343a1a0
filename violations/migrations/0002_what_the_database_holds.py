from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("violations", "0001_initial"),
        ("sellers", "0002_what_the_database_holds"),
        ("policies", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "violations",
        "action_notice_is_in_the_inbox",
        "action_violation_is_the_sellers",
        "appeal_violation_is_the_sellers",
        "points_entry_correction_copies_expiry",
        "points_entry_recorded_in_open_books",
        "points_entry_violation_is_the_sellers",
        "refuse_changing_approved_rules",
        "refuse_changing_ledger",
        "refuse_deciding_own_appeal",
        "refuse_deciding_while_asked",
        "refuse_grant_without_effect",
        "refuse_overdrawn_violation",
        "refuse_own_hands",
        "refuse_rewriting_appeal",
        "refuse_rewriting_note",
        "refuse_rewriting_request",
        "refuse_rewriting_reversal",
        "refuse_rewriting_violation",
        "refuse_invalid_appeal",
        "refuse_invalid_request",
        "violation_content_is_the_sellers",
        "violation_mass_reversal_is_of_market",
        "violation_recorded_in_open_books",
        "violation_seller_is_of_market",
    )
