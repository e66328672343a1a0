"""How people sign in: what the settings tell django-allauth, the same in every portal."""

from __future__ import annotations

BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

RATE_LIMITS = {  # what accounts/devices.py counts, beside what allauth does
    "login": None,  # it would count right ones too: an office that shares one address, on a Monday
    "password_of_client": "20/m/ip,5/5m/key",
    "password_of_device": "5/5m/key",
    "password_of_strangers": "100/h/key",
    "code_of_client": "20/m/ip,5/5m/key",
    "code_of_device": "5/5m/key",
    "code_of_strangers": "30/h/key",
}

FORMS = {
    "add_email": "accounts.own_words.NewAddressForm",
    "change_password": "accounts.own_words.NewPasswordForm",
    "login": "accounts.own_words.SignInForm",
    "reset_password": "accounts.own_words.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.adapter.ChoosePasswordForm",
    "set_password": "accounts.own_words.FirstPasswordForm",
}

FACTOR_FORMS = {
    "add_webauthn": "accounts.factors.AddPasskeyForm",
    "authenticate_webauthn": "accounts.factors.PasskeyForm",
    "edit_webauthn": "accounts.factors.PasskeyNameForm",
    "login_webauthn": "accounts.factors.PasskeySignInForm",
    "reauthenticate_webauthn": "accounts.factors.PasskeyProofForm",
    "authenticate": "accounts.adapter.SignInCodeForm",
    "reauthenticate": "accounts.adapter.ReauthenticationCodeForm",
}
