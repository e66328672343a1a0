"""Messages to sellers, kept as facts, and their delivery by email."""
