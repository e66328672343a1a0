import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sellers", "0007_books_are_closed_in_turn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="content",
            name="seller",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="content", to="sellers.seller"
            ),
        ),
        migrations.AlterField(
            model_name="member",
            name="seller",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="members", to="sellers.seller"
            ),
        ),
        migrations.AlterField(
            model_name="seller",
            name="market",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="sellers", to="sellers.market"
            ),
        ),
    ]
