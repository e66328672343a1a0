"""What lies ahead of a seller: one list of dates for the dashboard, a page and a person's calendar."""
