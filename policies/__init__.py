"""Policies in dated versions, articles that explain them, and announcements of what changes."""
