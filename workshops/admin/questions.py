"""What hosts ask, and what was answered."""

from __future__ import annotations

from django.contrib import admin

from kit.backoffice.read_only import ReadOnlyInline

from ..models import FeedbackQuestion, SignupAnswer, SignupQuestion, Workshop


class QuestionInline(admin.TabularInline[SignupQuestion, Workshop]):
    """What everybody who signs up is asked."""

    model = SignupQuestion
    fields = ["position", "text", "kind", "choices", "required", "sensitive"]
    extra = 0


class FeedbackQuestionInline(admin.TabularInline[FeedbackQuestion, Workshop]):
    """What everybody who was there is asked after the end, beside how it was."""

    model = FeedbackQuestion
    fields = ["position", "text", "kind"]
    extra = 0


class AnswerInline(ReadOnlyInline):
    """What somebody who signed up answered."""

    model = SignupAnswer
    fields = ["question", "values"]
