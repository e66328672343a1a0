"""`make bench`: how fast the portal is, measured beside a floor in the same run (docs/bench.md)."""
