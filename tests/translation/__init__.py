"""Catalogues of texts: extracted from the code, updated, checked and compiled (docs/languages.md)."""
