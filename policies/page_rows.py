"""What pages of a seller are made of in this app: there are few of these."""

from kit.database.row_versions import Rows

from .models import Article, ArticleSection, Policy, PolicyVersion

PAGE_ROWS = [Rows(Policy), Rows(PolicyVersion), Rows(Article), Rows(ArticleSection)]
