"""What people read about violations, in words: made from what rules and selectors found."""
