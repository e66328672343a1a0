"""What pages of a seller are made of in this app: quizzes are few, one a policy."""

from kit.database.row_versions import Rows
from sellers.cached_pages import OF_SELLER

from .models import Attempt, Quiz

PAGE_ROWS = [Rows(Quiz), Rows(Attempt, OF_SELLER)]
