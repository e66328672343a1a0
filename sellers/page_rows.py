"""What pages of a seller are made of in this app, beside who looks, which ``sellers.cached_pages`` says itself."""

from kit.database.row_versions import Rows

from .models import Brand, Market, Seller

PAGE_ROWS = [
    Rows(Market, "id = %(market)s"),
    Rows(Brand, "market_id = %(market)s"),
    Rows(Seller, "id = %(seller)s"),
]
