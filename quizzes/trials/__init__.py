"""Fair trials: a random half is invited to a quiz, and the halves are compared."""
