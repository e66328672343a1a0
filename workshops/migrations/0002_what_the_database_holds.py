from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [
        ("workshops", "0001_initial"),
        ("sellers", "0002_what_the_database_holds"),
    ]

    operations = apply_rules(
        "workshops",
        "lock_places",
        "keep_seats",
        "refuse_another_market",
        "refuse_another_number_of_seats",
        "refuse_certificate_of_absent",
        "refuse_deleting_signup",
        "refuse_free_place_while_waiting",
        "refuse_moving_signup",
        "refuse_signups_of_cancelled",
        "refuse_stray_seat",
        "refuse_unfair_signup",
        "signup_seat_is_of_its_workshop",
    )
