"""A worker of the bench: for each line that comes it builds chunks until none is due, and says that it is done."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402  # needs settings

from reports.services import claim_chunk, work_on_chunk  # noqa: E402  # Django is set up first

print("ready", flush=True)
for _line in sys.stdin:
    while chunk := claim_chunk(now=timezone.now()):
        work_on_chunk(chunk=chunk, clock=timezone.now)
    print("done", flush=True)
