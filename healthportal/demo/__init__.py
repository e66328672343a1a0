"""Demo data that looks like life: made by the real services from the texts in this folder, the same every time."""
