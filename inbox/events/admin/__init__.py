"""Pages of staff about events and the endpoints that are told of them."""

from . import deliveries, events, webhooks  # noqa: F401  # registered when they are imported
