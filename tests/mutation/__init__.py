"""What the tests would not notice: small deliberate changes of rules and services, one at a time (docs/mutation.md)."""
