"""What pages of a seller are made of in this app."""

from kit.database.row_versions import NextMoment, Part, Rows
from sellers.cached_pages import OF_SELLER

from .models import City, ListingVersion, Signup, Workshop, WorkshopSeries

PAGE_ROWS: list[Part] = [
    Rows(City),
    Rows(WorkshopSeries),
    Rows(ListingVersion),
    NextMoment(Workshop, "starts_at"),
    NextMoment(Workshop, "ends_at"),
    Rows(Signup, OF_SELLER),
]
