from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("violations", "0003_lists_at_scale")]

    operations = [
        migrations.RenameField("ruleschange", "last_seller_id_told_back", "last_seller_id_of_withdrawal"),
        migrations.RenameField("ruleschange", "told_back", "told_of_withdrawal"),
        migrations.RenameField("ruleschange", "told_back_at", "withdrawal_announced_at"),
    ]
