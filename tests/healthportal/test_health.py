import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django
django.setup()
from django.test import Client
response = Client().get("/healthz")
print(response.status_code, response.content)
"""


@pytest.mark.django_db
def test_healthz_is_well(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"database: ok\ncache: ok\n")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_healthz_refuses_to_be_posted(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


@pytest.mark.parametrize(
    ("variable", "nowhere", "text"),
    [
        ("DATABASE_URL", "postgresql://postgres@/portal?host=/nowhere", r"database: no answer\ncache: ok\n"),
        ("REDIS_URL", "unix:///nowhere/valkey.sock", r"database: ok\ncache: no answer\n"),
    ],
)
def test_healthz_without_a_server_is_503(variable: str, nowhere: str, text: str) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "healthportal.settings", "BASE_URL": "http://testserver"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**env, variable: nowhere},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == f"503 b'{text}'"
