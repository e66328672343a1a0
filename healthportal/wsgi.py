import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthportal.settings")
# Nobody waits longer for a page.
os.environ.setdefault("DATABASE_LOCK_SECONDS", "10")
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "30")

django.setup(set_prefix=False)

from healthportal.collecting import freeze_what_is_loaded  # noqa: E402  # once Django is set up
from healthportal.request import PortalHandler  # noqa: E402  # asks for settings

application = PortalHandler()
freeze_what_is_loaded()
