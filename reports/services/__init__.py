"""Every write of the weekly reports: starting a run, working on its chunks, publishing it.

Due work is found by looking at the database: whoever dies or forgets delays a run and nothing else.
"""

from .chunks import announce_chunk, build_chunk, claim_chunk, retry_chunk, retry_chunks, work_on_chunk
from .dropping import drop_partition, old_partitions
from .partitioning import cut_by_week
from .runs import (
    build_due_weeks,
    build_run,
    due_markets,
    publish_complete_runs,
    publish_run,
    start_due_run,
    start_run,
)

__all__ = [
    "announce_chunk",
    "build_chunk",
    "build_due_weeks",
    "build_run",
    "claim_chunk",
    "cut_by_week",
    "drop_partition",
    "due_markets",
    "old_partitions",
    "publish_complete_runs",
    "publish_run",
    "retry_chunk",
    "retry_chunks",
    "start_due_run",
    "start_run",
    "work_on_chunk",
]
