from importlib import import_module

from django.apps import AppConfig, apps


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # They need the models, which are there only now.
        import_module("accounts.middleware")  # its receiver
        import_module("accounts.sessions")  # its receivers
        import_module("accounts.sign_in_trail").note_sign_ins()
        if apps.is_installed("anymail"):
            import_module("accounts.anymail_events")  # its receiver
