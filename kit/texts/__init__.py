"""Texts that come in: characters, lengths and email addresses that are taken."""
