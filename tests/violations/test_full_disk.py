"""A disk that takes no more: what was typed is kept, and no half of a file stays."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from tests.factories import MarketFactory, PolicyFactory, UserFactory, issue
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


def test_no_temporary_folder_is_said_too(client: Client, attachments_root: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"
    violation = issue(signed_in_seller(client), PolicyFactory(), now=ago(days=2))
    page = reverse("violations:appeal_file", args=[violation.seller_id, violation.pk])
    files = [upload("large.png", PNG + b"\x00" * WRITTEN_ON_ARRIVAL)]
    answer = client.post(page, {"text": TEXT, "attachments": files})
    assert answer.status_code == 422
    assert TEXT in answer.text
    assert tempfile.gettempdir() != "/nowhere"
