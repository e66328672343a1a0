"""The database lets nobody decide about a held violation of a seller they may act for."""

from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [("violations", "0004_name_what_withdrawal_told")]

    operations = apply_rules("violations", "refuse_own_hands")
