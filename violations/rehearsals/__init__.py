"""Rehearsals: other rules replayed over what has happened, and for some weeks over what happens. Nothing is imposed."""
