"""The page on which a seller says that something is wrong with a question, and reads the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kit.outcomes import Refused
from sellers.access import SellerRequest, seller_view

from . import services
from .forms import RemarkForm
from .models import AttemptQuestion


@require_http_methods(["GET", "HEAD", "POST"])
@seller_view
def remark(request: SellerRequest, attempt_id: int, position: int) -> HttpResponse:
    """Say what is wrong with a question of an attempt that is over; sent once, it is shown with its answer."""
    of_seller = AttemptQuestion.objects.filter(attempt__seller=request.seller).of_ended(as_of=timezone.now())
    asked = get_object_or_404(
        of_seller.select_related("attempt", "question__quiz__policy", "remark"), attempt=attempt_id, position=position
    )
    form = RemarkForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _was_sent(request, asked, form):
        messages.success(request, _("Thank you. An editor looks at the question; a message tells you the answer."))
        return redirect(request.path)
    sent = getattr(asked, "remark", None)
    return render(request, "quizzes/remark.html", {"asked": asked, "form": form, "remark": sent})


def _was_sent(request: SellerRequest, asked: AttemptQuestion, form: RemarkForm) -> bool:
    """Whether the remark is the question's now. If not, the form says why."""
    text = form.cleaned_data["text"]
    try:
        remark = services.send_remark(asked=asked, text=text, user=request.user, now=timezone.now())
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    if remark.text == text:
        return True
    messages.error(request, _("Somebody sent a remark on this question first. Yours was not sent."))
    return False
