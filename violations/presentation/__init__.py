"""How what selectors found looks on pages: labels, tones and links."""
