from . import events, webhooks  # noqa: F401  # registered when they are imported
