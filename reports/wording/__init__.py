"""What weekly reports say, in words: made from what rules and selectors found."""
