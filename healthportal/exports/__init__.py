"""A seller's download of everything that the portal holds about it: asked for, made by workers, kept for a week."""
