"""What every app needs and none is about: it knows neither sellers nor violations."""
