"""The portal with the empty page of the bench."""

from django.conf import settings

from healthportal.wsgi import application as application

settings.ROOT_URLCONF = "tests.bench.empty_page"
