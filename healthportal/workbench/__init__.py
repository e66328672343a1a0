"""The home of staff: what waits for them, by role, and the one click that settles it."""
