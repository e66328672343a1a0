from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0002_what_the_database_holds")]

    operations = [migrations.RenameField("webhooksecret", "sealed", "encrypted")]
