from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "inbox.events"
    label = "events"
