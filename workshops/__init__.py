"""Events in a city or online: places, the waiting list and check-in. The app to look at first."""
