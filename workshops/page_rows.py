"""What pages of a seller are made of in this app."""

from kit.database.row_versions import Rows
from sellers.cached_pages import OF_SELLER

from .models import City, Signup, Workshop, WorkshopSeries

PAGE_ROWS = [
    Rows(City),
    Rows(WorkshopSeries),
    Rows(Workshop, "ends_at > %(now)s", moments=("starts_at",)),  # the others are of what was done
    Rows(Signup, OF_SELLER),
]
