"""The Celery application. Tasks live in each app's ``tasks.py``; the schedule is in ``schedule.py``."""

import os

from celery import Celery

from healthportal.monitoring import tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthportal.settings")

app = Celery("healthportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
tasks.connect()
