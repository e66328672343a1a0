"""The trail: who of staff did what when, kept by ``services.record`` and never changed."""
