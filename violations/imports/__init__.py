"""Violations from files: a command and uploads of staff read them, check them and issue row by row."""
