"""What pages of the admin are made of: pages that do one thing, lists, choosers, read-only records."""
