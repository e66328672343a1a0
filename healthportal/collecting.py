"""Python's garbage collector, for processes that live long."""

import gc


def freeze_what_is_loaded(**signal: object) -> None:
    """Let no collection look again at what is there now, and stays: modules, models, settings.

    A full collection looks through all of it each time otherwise: emails took a fifth more time to compose.
    """
    gc.collect()
    gc.freeze()
