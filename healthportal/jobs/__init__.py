"""One page for staff about all work that must not be lost: what waits, runs and was given up."""
