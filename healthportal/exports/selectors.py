"""What the page of a seller's download shows."""

from __future__ import annotations

from datetime import datetime

from sellers.models import Seller

from .models import Export


def latest_export(*, seller: Seller) -> Export | None:
    """The one that was asked for last; ``None`` if nobody ever asked."""
    return Export.objects.filter(seller=seller).select_related("asked_by").order_by("-id").first()


def ready_export(*, seller: Seller, as_of: datetime) -> Export | None:
    """The one whose file can be downloaded; the file of an earlier one goes when a later one is ready."""
    return Export.objects.filter(seller=seller).ready(at=as_of).select_related("asked_by").order_by("-id").first()


def get_ready_export(*, seller: Seller, export_id: int, as_of: datetime) -> Export:
    """One whose file can be downloaded. Raises ``Export.DoesNotExist`` for anybody else's."""
    return Export.objects.filter(seller=seller).ready(at=as_of).get(pk=export_id)
