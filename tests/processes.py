"""What tests that start other processes share."""

import signal


def heed_interrupts() -> None:
    """Let a child, before it starts, heed Ctrl-C: a shell that runs the tests in the background lets them ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
