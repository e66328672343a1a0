"""A Postgres and a Valkey as a pair, with the URLs to reach them."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import postgres, valkey
from .processes import CannotStart, Process


@dataclass(frozen=True)
class Services:
    """The running pair."""

    run: Path
    processes: list[Process]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that settings.py reads, for whoever migrates: as the owner of the tables."""
        return self._environment(postgres.OWNER)

    def environment_of_portal(self) -> dict[str, str]:
        """The same for the portal itself, with the role that owns nothing; makes it if need be."""
        postgres.make_role(self.run)
        return self._environment(postgres.ROLE)

    def _environment(self, role: str) -> dict[str, str]:
        return {
            "DATABASE_URL": f"postgresql://{role}@/{postgres.DATABASE}?host={self.run}",
            "REDIS_URL": f"unix://{self.run / valkey.SOCKET}",
        }


@contextmanager
def running(home: Path, *, throwaway: bool = False) -> Iterator[Services]:
    """Start the pair with its data and logs in the folder ``home``, and stop it again.

    Raises CannotStart: a foreign data or socket folder, or a server that does not come up.
    """
    home = home.resolve()
    logs = home / "log"
    logs.mkdir(parents=True, exist_ok=True)
    if (home / "postgres").exists():
        postgres.check(home / "postgres")
    with (
        socket_folder(home) as run,
        postgres.running(home / "postgres", run, logs / "postgres.log", throwaway=throwaway) as database,
        valkey.running(run, logs / "valkey.log") as queue,
    ):
        yield Services(run, [database, queue])


@contextmanager
def socket_folder(home: Path) -> Iterator[Path]:
    """A private folder for sockets, emptied before and removed after.

    It is not in ``home``: the path of a socket may have 103 bytes, and a checkout may lie deeper. Its name is known to
    everybody on the machine, so somebody else may have made it first: then it is refused.
    """
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    run = Path(f"/tmp/healthportal-{os.geteuid()}-{key}")  # noqa: S108  # private, its owner is checked
    try:
        run.mkdir(mode=0o700)
    except FileExistsError:
        found = run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
            raise CannotStart(f"{run} is not a private folder of this user: remove it.") from None
        shutil.rmtree(run)
        run.mkdir(mode=0o700)
    try:
        yield run
    finally:
        shutil.rmtree(run, ignore_errors=True)
