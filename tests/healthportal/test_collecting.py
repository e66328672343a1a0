"""What long-lived processes keep out of the garbage collector's way."""

import gc
import subprocess
import sys

from celery.signals import worker_process_init

import healthportal.celery  # noqa: F401  # connects


def test_a_worker_freezes_what_it_has_loaded() -> None:
    try:
        worker_process_init.send(sender=None)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_the_web_application_freezes_what_it_has_loaded() -> None:
    counted = "import healthportal.wsgi, gc; print(gc.get_freeze_count())"
    found = subprocess.run([sys.executable, "-c", counted], capture_output=True, text=True, check=True)
    assert int(found.stdout) > 10_000
