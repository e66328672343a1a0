from django.db import migrations


class Migration(migrations.Migration):
    """A seller's violations are few: ``violation_seller_recorded`` finds them, and sorting them takes no time."""

    dependencies = [("violations", "0010_violations_are_counted_by_policy_from_an_index")]

    operations = [migrations.RemoveIndex(model_name="violation", name="violation_seller_issued")]
