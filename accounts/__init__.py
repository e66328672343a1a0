"""People, how they sign in, emails about their accounts, and who runs a command."""
