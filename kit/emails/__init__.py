"""Emails on their way: their templates, their bytes, the mail server that takes them, and what comes back."""
