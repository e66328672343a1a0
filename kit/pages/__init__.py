"""What sellers' pages are made of: components, charts, dates, texts and what a form held."""
