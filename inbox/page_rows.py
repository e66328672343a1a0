"""What pages of a seller are made of in this app."""

from kit.database.row_versions import Rows
from sellers.cached_pages import OF_SELLER

from .models import Message, MessageRead

OWN_MESSAGES = f"SELECT id FROM {Message._meta.db_table} WHERE {OF_SELLER}"  # noqa: S608  # of names that are known

PAGE_ROWS = [
    Rows(Message, OF_SELLER, newest="posted_at"),
    Rows(MessageRead, f"user_id = %(person)s AND message_id IN ({OWN_MESSAGES})"),
]
