"""A disk that takes no more: what was typed is kept, and no half of a file stays."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from audit.models import AuditEntry
from kit.documents.pictures import picture_of
from kit.outcomes import Refused
from quizzes.pictures import keep
from tests.factories import (
    MarketFactory,
    PolicyFactory,
    QuestionFactory,
    UserFactory,
    WorkshopFactory,
    issue,
)
from tests.pages import ago, signed_in_seller
from tests.violations.appealing import PNG, upload
from violations.models import AppealDraft, Upload

pytestmark = pytest.mark.django_db

ROOM = 100_000
KEPT_IN_MEMORY = 300_000
WRITTEN_ON_ARRIVAL = 3_000_000
TEXT = "It was a quote of a customer."


@contextmanager
def little_room() -> Iterator[None]:
    """No file of this process may grow beyond 100 KB: writing more fails half-way, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def incoming(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = folder
    return folder


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [KEPT_IN_MEMORY, WRITTEN_ON_ARRIVAL])
def test_a_draft_keeps_its_text_and_the_files_there_is_room_for(
    client: Client, attachments_root: Path, incoming: Path, size: int
) -> None:
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))
    page = reverse("violations:appeal_file", args=[violation.seller_id, violation.pk])
    files = [upload("small.png"), upload("large.png", PNG + b"\x00" * size)]
    with little_room():
        answer = client.post(page, {"text": TEXT, "attachments": files})
    assert answer.status_code == 422
    assert "there is no room for it at the moment" in answer.text
    assert answer.context["form"].errors.keys() == {"attachments"}
    assert TEXT in answer.text
    assert [file.name for file in AppealDraft.objects.get(text=TEXT).attachments.all()] == ["small.png"]
    assert [path.stat().st_size for path in files_in(attachments_root)] == [len(PNG)]
    assert files_in(incoming) == []
    files = [upload("large.png", PNG + b"\x00" * size)]
    assert client.post(page, {"text": TEXT, "attachments": files}).status_code == 302
    assert sorted(path.stat().st_size for path in files_in(attachments_root)) == [len(PNG), size + len(PNG)]
    assert files_in(incoming) == []


@pytest.mark.parametrize("size", [KEPT_IN_MEMORY, WRITTEN_ON_ARRIVAL])
def test_an_upload_of_staff_is_refused_with_its_market_and_leaves_nothing(
    client: Client, attachments_root: Path, incoming: Path, size: int
) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    market = MarketFactory()
    page = reverse("admin:violations_upload_add")
    file = SimpleUploadedFile("week.csv", b"external_id\n" + b"x" * size)
    with little_room():
        answer = client.post(page, {"market": market.pk, "file": file})
    assert "there is no room for it at the moment" in answer.text
    assert f'<option value="{market.pk}" selected>' in answer.text
    assert files_in(attachments_root) == files_in(incoming) == []
    assert not Upload.objects.exists()
    assert not AuditEntry.objects.filter(kind="violations.upload").exists()


def forms_of_staff() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """The page of each form that takes one file, the name of its field, and what else is needed."""
    market, draft = MarketFactory(), QuestionFactory(state="draft")
    workshop, quiz = WorkshopFactory(market=market), draft.quiz
    named = {"name": "Glow", "accent": "#005566"}
    return {
        "upload": (reverse("admin:violations_upload_add"), "file", {"market": market.pk}),
        "members": (reverse("admin:sellers_memberupload_add"), "file", {"market": market.pk}),
        "material": (reverse("admin:workshops_workshop_add_material", args=[workshop.pk]), "file", {}),
        "picture": (reverse("admin:quizzes_question_add_picture", args=[draft.pk]), "file", {"alt": "A cup"}),
        "bank": (reverse("admin:quizzes_quiz_import", args=[quiz.pk]), "file", {"format": "csv"}),
        "logo": (reverse("admin:sellers_brand_add"), "picture", {"market": market.pk, **named}),
    }


@pytest.mark.parametrize("name", ["upload", "members", "material", "picture", "bank", "logo"])
@pytest.mark.parametrize("kind", ["png", "csv"])
def test_a_file_that_found_no_room_on_arrival_is_told_in_every_form_of_staff(
    client: Client, attachments_root: Path, incoming: Path, name: str, kind: str
) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page, field, sent = forms_of_staff()[name]
    file = SimpleUploadedFile(f"large.{kind}", (PNG if kind == "png" else b"a,b\n") + b"\x00" * WRITTEN_ON_ARRIVAL)
    with little_room():
        answer = client.post(page, {**sent, field: file})
    assert (answer.status_code, "there is no room for it at the moment" in answer.text) == (200, True)
    assert files_in(attachments_root) == files_in(incoming) == []


def test_a_picture_that_finds_no_room_leaves_no_part_of_it(attachments_root: Path) -> None:
    noise = Image.frombytes("RGB", (400, 300), Random(1).randbytes(400 * 300 * 3))
    sent = BytesIO()
    noise.save(sent, "PNG")
    with little_room(), pytest.raises(Refused, match="no room"):
        keep(picture_of(sent.getvalue()))
    assert files_in(attachments_root) == []


def test_no_temporary_folder_is_said_too(client: Client, attachments_root: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))
    page = reverse("violations:appeal_file", args=[violation.seller_id, violation.pk])
    files = [upload("large.png", PNG + b"\x00" * WRITTEN_ON_ARRIVAL)]
    answer = client.post(page, {"text": TEXT, "attachments": files})
    assert answer.status_code == 422
    assert TEXT in answer.text
    assert tempfile.gettempdir() != "/nowhere"
