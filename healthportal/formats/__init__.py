"""How dates and times are written, a folder for each language that does not take Django's way."""
