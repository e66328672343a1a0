from django.db import migrations


class Migration(migrations.Migration):
    """A seller's violations are few: ``violation_seller_recorded`` finds them, and sorting them takes no time."""

    dependencies = [("violations", "0009_uploads_count_their_attempts")]

    operations = [migrations.RemoveIndex(model_name="violation", name="violation_seller_issued")]
