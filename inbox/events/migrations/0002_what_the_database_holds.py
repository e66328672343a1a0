from django.db import migrations

from kit.database.rules import apply_rules


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = apply_rules("inbox", "event_seller_is_of_market")
