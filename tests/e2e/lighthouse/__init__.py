"""What npm's lighthouse says of five pages, on a phone and on a desk: ``make lighthouse``."""
