"""Material: texts, links and files that hosts hand out after a workshop, to everybody or to who was there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kit.documents.stored_files import private_storage
from kit.outcomes import Refused
from tests.factories import UserFactory, WorkshopFactory
from tests.workshops.places import member_seller
from tests.workshops.test_feedback import been
from workshops import tasks
from workshops.models import MaterialFile, Workshop
from workshops.models.material import MAX_BYTES, MAX_FILES
from workshops.services import add_material, remove_material, sweep_material

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("attachments_root")]

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def over(**fields: Any) -> Workshop:
    now = timezone.now()
    made: Workshop = WorkshopFactory(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1), **fields)
    return made


def add(workshop: Workshop, content: bytes = b"%PDF-1.7 slides", name: str = "Slides.pdf") -> MaterialFile:
    file = SimpleUploadedFile(name, content)
    return add_material(workshop=workshop, file=file, now=timezone.now(), added_by=None)


def test_file_is_what_its_first_bytes_say() -> None:
    workshop = over()
    slides, board = add(workshop), add(workshop, PNG, "../board.pdf")
    assert (slides.content_type, slides.name, slides.size) == ("application/pdf", "Slides.pdf", 15)
    assert (board.content_type, board.name) == ("image/png", "board.pdf")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "is empty"), (b"<html>", "no PDF and no picture"), (b"%PDF-" + b"0" * MAX_BYTES, "larger than 20 MB")],
)
def test_other_files_are_refused(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why) as refusal:
        add(over(), content)
    assert refusal.value.field == "file"


def test_there_are_only_so_many(attachments_root: Path) -> None:
    workshop = over()
    for _ in range(MAX_FILES):
        add(workshop)
    with pytest.raises(Refused, match="Take one away"):
        add(workshop)


def test_disk_without_room_is_said(attachments_root: Path) -> None:
    (attachments_root).mkdir(exist_ok=True)
    (attachments_root / "material").write_text("in the way")
    with pytest.raises(Refused, match="no room"):
        add(over())


def test_removed_file_is_swept_later(attachments_root: Path) -> None:
    workshop, now = over(), timezone.now()
    gone, kept = add(workshop), add(workshop)
    remove_material(file=gone, now=now, removed_by=None)
    tasks.sweep_material()
    assert private_storage().exists(gone.stored_name)
    assert sweep_material(now=now + timedelta(days=3)) == 1
    assert [private_storage().exists(one.stored_name) for one in (gone, kept)] == [False, True]


def test_database_refuses_an_empty_file() -> None:
    add(over())
    with pytest.raises(DatabaseError) as refused, connection.cursor() as cursor:
        cursor.execute("UPDATE workshops_materialfile SET size = 0")
    assert refused.value.__cause__.diag.constraint_name == "material_file_size_range"  # type: ignore[union-attr]  # psycopg2 is the cause


# --- Who is shown it


def page_and_file(client: Client, file: MaterialFile) -> tuple[bool, int]:
    page, answer = client.get(file.workshop.get_absolute_url()).text, read(client, file)
    return file.get_absolute_url() in page, answer.status_code


def read(client: Client, file: MaterialFile) -> Any:
    """The answer with the file, read to its end."""
    answer = client.get(file.get_absolute_url())
    answer.content_read = answer.getvalue()
    return answer


def test_everybody_is_shown_material_once_the_workshop_has_ended(client: Client) -> None:
    file = add(over(material="[Recording](https://a.example)"))
    assert page_and_file(client, file) == (True, 200)
    answer = read(client, file)
    assert answer.content_read == b"%PDF-1.7 slides"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Slides.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "#material" in client.get("/workshops/past/").text
    later = timezone.now() + timedelta(hours=1)
    Workshop.objects.update(ends_at=later)
    assert page_and_file(client, file) == (False, 404)
    Workshop.objects.update(ends_at=timezone.now(), published_at=None)
    assert client.get(file.get_absolute_url()).status_code == 404


def test_material_for_attendees_is_shown_to_who_was_there_alone(client: Client) -> None:
    signup = been(material="Secret notes", material_for="attendees")
    file = add(signup.workshop)
    assert page_and_file(client, file) == (False, 404)
    page = client.get(signup.workshop.get_absolute_url()).text
    assert "The material is for those who were there." in page
    assert "Secret notes" not in page
    client.force_login(member_seller().users.get())
    assert page_and_file(client, file) == (False, 404)
    client.force_login(signup.user)
    assert page_and_file(client, file) == (True, 200)
    assert "Secret notes" in client.get(signup.workshop.get_absolute_url()).text


def test_file_of_another_workshop_or_that_is_gone_is_not_there(client: Client) -> None:
    file, other = add(over()), over()
    here = reverse("workshops:material", kwargs={"workshop_id": other.pk, "file_id": file.pk})
    assert client.get(here).status_code == 404
    private_storage().delete(file.stored_name)
    assert client.get(file.get_absolute_url()).status_code == 404


def test_name_gets_the_ending_of_what_the_file_is(client: Client) -> None:
    file = add(over(), PNG, "board.html")
    assert 'filename="board.html.png"' in read(client, file).headers["Content-Disposition"]


# --- Hosts


def test_host_adds_and_removes_a_file(client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    workshop = over()
    pages = {
        name: reverse(f"admin:workshops_workshop_{name}", args=[workshop.pk])
        for name in ("add_material", "remove_material", "change")
    }
    assert 'enctype="multipart/form-data"' in client.get(pages["add_material"]).text
    assert (
        "no PDF and no picture"
        in client.post(pages["add_material"], {"file": SimpleUploadedFile("a.pdf", b"<html>")}).text
    )
    client.post(pages["add_material"], {"file": SimpleUploadedFile("a.pdf", b"%PDF-1")})
    file = workshop.material_files.get()
    assert pages["remove_material"] in client.get(pages["change"]).text
    client.post(pages["remove_material"], {"file": file.pk})
    assert not workshop.material_files.exists()
    assert pages["remove_material"] not in client.get(pages["change"]).text
