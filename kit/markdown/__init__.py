"""Markdown, parsed in one place: as HTML of a page and as text of an email."""
