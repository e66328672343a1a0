"""The API for banks of questions: out in every format, and in as drafts that people review and publish."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from audit.services import record
from kit.api.batches import ERRORS, CallRefused, ErrorAnswer, body_of
from kit.tables.columns import UnreadableFile
from kit.tables.readers import text_of
from sellers.models import ApiToken
from sellers.token_auth import ApiRequest, TokenAuth

from . import selectors, services, trail_notes
from .exchange import formats, wording
from .exchange.items import BankFile, FileQuestion
from .models import Quiz

router = Router(tags=["Banks of questions"], auth=TokenAuth(ApiToken.Scope.BANKS))

KINDS = {name: one.content_type.partition(";")[0] for name, one in formats.FORMATS.items()}
NO_SUCH_FORMAT = "format is one of: {}."


class TakenAnswer(Schema):
    line: int = Field(description="The line that the question begins in; in JSON its place in the list, from 1.")
    text: str
    not_kept: str = Field(description="What is lost by reading it; empty if nothing is.")


class RefusedAnswer(Schema):
    line: int
    reason: str


class ImportAnswer(Schema):
    written: bool = Field(description="Whether the questions are in the bank now, as drafts; false for a preview.")
    taken: list[TakenAnswer]
    refused: list[RefusedAnswer]


def _file_content() -> dict[str, Any]:
    said = {kind: {"schema": {"type": "string"}} for kind in KINDS.values()}
    said["application/json"] = {"schema": {}}
    return said


FILE_ANSWER = {"responses": {200: {"description": "The file.", "content": _file_content()}}}
FILE_BODY = {"requestBody": {"required": True, "content": _file_content()}}


@router.get(
    "/quizzes/{policy}/questions",
    response=ERRORS | {404: ErrorAnswer, 422: ErrorAnswer},
    operation_id="get_questions",
    summary="The questions in use of a quiz, as a file",
    openapi_extra=FILE_ANSWER,
)
def questions(
    request: ApiRequest,
    policy: Path[str],
    kind: Annotated[str, Query(alias="format", description="json, csv, gift, aiken, moodle or qti.")] = "json",
) -> HttpResponse:
    """With the right answers. ``Questions-Left-Out`` says how many the format cannot hold."""
    quiz = _quiz(policy)
    if kind not in formats.FORMATS:
        raise CallRefused(422, NO_SUCH_FORMAT.format(", ".join(formats.FORMATS)))
    found = selectors.bank_as_file(quiz)
    note = trail_notes.exported(file_format=formats.FORMATS[kind].name)
    record(by=_caller(request), action="download", about=quiz, note=note, now=timezone.now())
    return _file(found, kind)


def _file(found: list[FileQuestion], name: str) -> HttpResponse:
    written = [question for question in found if formats.can_write(name, question)]
    response = HttpResponse(formats.write(name, written), content_type=formats.FORMATS[name].content_type)
    response.headers["Questions-Left-Out"] = str(len(found) - len(written))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@router.post(
    "/quizzes/{policy}/questions",
    response=ERRORS | {200: ImportAnswer} | dict.fromkeys((400, 404, 411, 413, 415, 422), ErrorAnswer),
    operation_id="add_questions",
    summary="Adds the questions of a file to a bank, as drafts",
    openapi_extra=FILE_BODY,
)
def add_questions(
    request: ApiRequest,
    policy: Path[str],
    kind: Annotated[str, Query(alias="format", description="json, csv, gift, aiken or moodle.")] = "json",
    preview: Annotated[str, Query(description="true: only say what would be taken.")] = "false",
) -> HttpResponse:
    """Nobody is asked them before a person has sent them for review and another has published them.

    The same file sent again adds nothing. What is refused is told by line; the rest is taken.
    """
    quiz = _quiz(policy)
    if kind not in formats.READABLE:
        raise CallRefused(422, NO_SUCH_FORMAT.format(", ".join(formats.READABLE)))
    found = formats.read(kind, _text(request))
    if preview not in {"true", "false"}:
        raise CallRefused(422, "preview is true or false.")
    if preview == "true":
        return _answer(selectors.check_bank_file(quiz, found), written=False)
    taken = services.import_questions(
        quiz=quiz, found=found, format_name=formats.FORMATS[kind].name, imported_by=_caller(request),
        now=timezone.now(),
    )  # fmt: skip
    return _answer(taken, written=bool(taken.questions))


def _answer(found: BankFile, *, written: bool) -> HttpResponse:
    taken = [{"line": one.line, "text": one.text, "not_kept": wording.lost(one.losses)} for one in found.questions]
    refused = [{"line": one.line, "reason": wording.why_refused(one)} for one in found.refused]
    return JsonResponse({"written": written, "taken": taken, "refused": refused})


def _quiz(policy: str) -> Quiz:
    """The quiz about a policy by its code. Raises ``CallRefused`` (404) if there is none."""
    found = None if "\0" in policy else Quiz.objects.filter(policy__code=policy).select_related("policy").first()
    if found is None:
        raise CallRefused(404, "There is no quiz about such a policy.")
    return found


def _text(request: HttpRequest) -> str:
    content = body_of(request, most=min(formats.MAX_BYTES, settings.API_MAX_BODY_BYTES))
    try:
        return text_of(content)
    except UnreadableFile as fault:
        raise CallRefused(422, str(fault)) from None


def _caller(request: ApiRequest) -> str:
    """Who the trail says it was: no person, but a token, which a person made."""
    return f"API token {request.auth.name} ({request.auth.market.code})"
