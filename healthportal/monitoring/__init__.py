"""What is seen of the portal from outside: metrics, the lines of the log, reports of errors (docs/monitoring.md)."""
