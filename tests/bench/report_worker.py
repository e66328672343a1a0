"""A worker of the bench: builds the chunks whose ids come in a line, then says that it is done, until nothing comes."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402  # needs settings

from reports.services import build_chunk  # noqa: E402  # Django is set up first

print("ready", flush=True)
for line in sys.stdin:
    for chunk_id in line.split():
        build_chunk(chunk_id=int(chunk_id), now=timezone.now())
    print("done", flush=True)
