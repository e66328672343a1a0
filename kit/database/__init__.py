"""Rules that the database holds: applied from SQL files, compared with them, and fast inserts."""
