"""The project: settings, URLs, Celery, embedded services and the dashboard that brings the apps together."""

from .celery import app as celery_app

__all__ = ["celery_app"]
