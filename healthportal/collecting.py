"""Python's garbage collector, for processes that live long."""

import gc


def freeze_what_is_loaded(**signal: object) -> None:
    """Let no collection look again at what is there now, and stays: modules, models, settings.

    A full collection stops the process for a tenth of a second otherwise: emails took a quarter more time to compose.
    """
    gc.collect()
    gc.freeze()
