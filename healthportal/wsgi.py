import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthportal.settings")
# Nobody waits longer for a page.
os.environ.setdefault("DATABASE_LOCK_SECONDS", "10")
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "30")

application = get_wsgi_application()
