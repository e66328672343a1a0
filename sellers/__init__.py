"""Markets, sellers, their members and content, a market's books and their locks, API tokens."""
