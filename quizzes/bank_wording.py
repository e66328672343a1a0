"""What staff read of banks of questions: what keeps a quiz from sellers, and what is refused."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from kit.documents.pictures import NoPicture
from policies.models import ArticleSection, Policy
from sellers.models import Seller

from . import rules
from .models import PassPointsProposal, Question, Regrade


def problem_sentences(problems: rules.BankProblems) -> list[str]:
    """Why a quiz with this bank cannot be published, a sentence each; empty if it can."""
    found = [question_problem(question) for question in problems.unusable]
    if problems.is_short:
        return [_too_few_questions(problems), *found]
    return found


def _too_few_questions(problems: rules.BankProblems) -> str:
    needed = ngettext("%(count)s question", "%(count)s questions", problems.needed)
    have = ngettext("%(count)s question", "%(count)s questions", problems.in_use)
    return _("An attempt asks %(needed)s, and the bank has %(have)s in use.") % {
        "needed": needed % {"count": f"{problems.needed:,}"},
        "have": have % {"count": f"{problems.in_use:,}"},
    }


def question_problem(question: rules.BankQuestion) -> str:
    """Why a question cannot be asked; empty if it can."""
    if question.problem is rules.QuestionProblem.TOO_FEW_CHOICES:
        return _("“%(question)s” needs at least two choices.") % {"question": question.text}
    if question.problem is rules.QuestionProblem.NO_RIGHT_CHOICE:
        return _("“%(question)s” needs a right choice; it has none.") % {"question": question.text}
    if question.problem is rules.QuestionProblem.NO_WRONG_CHOICE:
        return _("“%(question)s” needs a choice that is wrong; every one is right.") % {"question": question.text}
    return ""


def too_many_pass_points(*, most: int) -> str:
    said = ngettext(
        "A violation of this policy gives %(count)s point; choose %(most)s or less.",
        "A violation of this policy gives %(count)s points; choose %(most)s or less.",
        most,
    )
    return said % {"count": f"{most:,}", "most": most}


def equal_choices(text: str) -> str:
    said = _("Two choices read the same: “%(choice)s”. Choices must differ in more than case and spaces.")
    return said % {"choice": text}


def section_of_another_policy(section: ArticleSection, policy: Policy) -> str:
    said = _("“%(section)s” is a section about %(other)s. Choose one about %(policy)s.")
    return said % {"section": section.title, "other": section.article.policy, "policy": policy}


def is_written_meanwhile() -> str:
    return _(
        "Somebody sent this question for review since you opened it, so it stays as it is and nothing was saved. What "
        "you wrote is below: have the question sent back, or add yours as a new one."
    )


def question_twice(equal: Question) -> str:
    said = _("The bank has this question twice: number %(number)s reads the same. Retire one of them.")
    return said % {"number": equal.pk}


def remark_is_answered() -> str:
    return _("Somebody answered this remark already.")


def no_explanation() -> str:
    return _("Explain why the right answer is right, then send the question for review.")


def no_section() -> str:
    return _("Choose the section of the article that answers the question, then send it for review.")


def own_question() -> str:
    return _("You wrote this question, so somebody else has to publish it.")


def raised_by_two() -> str:
    return _("Two people raise what a pass removes: propose it with “Raise the points”, and somebody else approves.")


def proposed(proposal: PassPointsProposal | None) -> str:
    """What waits for a decision."""
    if proposal is None:
        return _("No proposal waits for a decision.")
    said = _("%(person)s proposes that a pass removes %(points)s: %(reason)s")
    return said % {"person": proposal.proposed_by, "points": proposal.points, "reason": proposal.reason}


def proposal_waits() -> str:
    return _("A proposal for this quiz waits for a decision. Decide on it first.")


def not_above(now: int, *, most: int) -> str:
    said = _("A pass removes %(now)s now, and the policy gives %(most)s at most. Choose a number above the first.")
    return said % {"now": now, "most": most}


def not_that_state(question: Question, needed: Question.State) -> str:
    """Why a step cannot be taken, by the state that it needs."""
    if needed is Question.State.DRAFT:
        said = _("Only a draft can be sent for review. This question is: %(state)s.")
    elif needed is Question.State.IN_REVIEW:
        said = _("Send the question for review first. It is: %(state)s.")
    else:
        said = _("Only a published question can be replaced or retired. This question is: %(state)s.")
    return said % {"state": question.get_state_display()}


def never_published(question: Question) -> str:
    said = _("Nobody was asked this question: it can be written anew. It is: %(state)s.")
    return said % {"state": question.get_state_display()}


def regrade_waits() -> str:
    return _("Somebody proposed already that this question is graded again. Decide on that first.")


def replacement_waits(draft: Question) -> str:
    said = _("Question %(number)s waits to replace this one. Publish it or delete it first.")
    return said % {"number": draft.pk}


def some_choices_right() -> str:
    return _("Mark at least one choice of the question as right, and leave at least one.")


def right_already() -> str:
    return _("These choices are, or were, marked as right: nobody was wronged. Mark the ones that should have been.")


def own_seller_regraded(seller: Seller) -> str:
    said = _("You are a member of %(seller)s, whose attempt would be graded again: somebody else decides about it.")
    return said % {"seller": seller}


def proposed_regrade(regrade: Regrade) -> str:
    """Who proposes a regrade, and why."""
    said = _("%(person)s proposes to grade again: %(reason)s")
    return said % {"person": regrade.proposed_by, "reason": regrade.reason}


PICTURES = {
    NoPicture.EMPTY: _lazy("The file is empty. Choose the picture again."),
    NoPicture.TOO_LARGE: _lazy("The picture is larger than 5 MB. Save it smaller, then choose it again."),
    NoPicture.TOO_MANY_PIXELS: _lazy("The picture has more than 25 million pixels. Save it smaller."),
    NoPicture.NO_IMAGE: _lazy("This is no PNG, JPEG or WebP picture, whatever its name says."),
    NoPicture.MOVES: _lazy("The picture moves. Choose one that stands still."),
    NoPicture.BROKEN: _lazy("The picture is cut off or damaged. Save it again, then choose it again."),
}


def no_picture(why: NoPicture) -> str:
    return str(PICTURES[why])


def no_alt() -> str:
    return _("Say what the picture shows, for whoever does not see it.")


def no_room() -> str:
    return _("The picture could not be kept: there is no room for it at the moment. Try again later.")


def too_many_pictures(most: int) -> str:
    said = ngettext("A question has at most %(count)s picture.", "A question has at most %(count)s pictures.", most)
    return said % {"count": most}
