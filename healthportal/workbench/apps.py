from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "healthportal.workbench"
    label = "workbench"
