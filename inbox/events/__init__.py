"""What the marketplace's systems are told: events, their feed, and the webhooks that carry them (docs/webhooks.md)."""
