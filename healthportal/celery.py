"""The Celery application. Tasks live in each app's ``tasks.py``; the schedule is in ``schedule.py``."""

import os

from celery import Celery
from celery.signals import worker_process_init

from healthportal.collecting import freeze_what_is_loaded
from healthportal.monitoring import tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthportal.settings")

app = Celery("healthportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
tasks.connect()
worker_process_init.connect(freeze_what_is_loaded)
