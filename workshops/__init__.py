"""In-person events in a city: places, the waiting list and check-in. The app to look at first."""
