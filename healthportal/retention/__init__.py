"""What is kept for how long, and what is removed when that is over; and the erasure of a person."""
