"""Processes that end with the one that started them."""

import os
import pwd
import shutil
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path


class CannotStart(Exception):  # read as a sentence, not as an error
    """Why the portal cannot start, in one sentence for the person at the terminal that says what to do."""


@dataclass(frozen=True)
class Process:
    """A running child, in a session of its own so that Ctrl-C in the terminal reaches only its owner."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path | None
    stop_signal: signal.Signals

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        unprivileged: bool = False,
    ) -> "Process":
        """Start ``command``, writing to ``log`` (begun anew) or else to the terminal."""
        words = [*guarded(stop_signal, unprivileged=unprivileged), *map(str, command)]
        with log.open("wb") if log else nullcontext() as output:
            popen = subprocess.Popen(  # noqa: S603  # our own words, no shell
                words,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, popen, log, stop_signal)

    @property
    def exit_status(self) -> int | None:
        """``None`` while it runs."""
        return self.popen.poll()

    def last_lines(self, count: int = 12) -> list[str]:
        if self.log is None:
            return []
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            return [line.rstrip() for line in deque(lines, count)]

    def ask_to_stop(self) -> None:
        if self.exit_status is None:
            self.popen.send_signal(self.stop_signal)

    def stop(self, timeout: float = 10) -> None:
        """Ask it to stop, wait ``timeout`` seconds, then end it and everything left in its process group."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout)
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


def service_user() -> tuple[int, int]:
    """User and group ids for Postgres, which refuses to run as root: ``nobody`` then, else whoever asks."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def guarded(death_signal: signal.Signals = signal.SIGTERM, *, unprivileged: bool = False) -> list[str]:
    """The words before a command that make the kernel send it ``death_signal`` when its owner dies.

    ``unprivileged`` makes root's child run as the service user. It keeps one capability, with which it reaches a
    checkout below a folder that only root may enter.
    """
    setpriv = shutil.which("setpriv", path=os.environ.get("PATH", os.defpath) + ":/usr/bin:/bin")
    if setpriv is None:
        raise CannotStart("The program setpriv is missing: install the package util-linux.")
    words = [setpriv, f"--pdeathsig={death_signal.name.removeprefix('SIG')}"]
    if unprivileged and os.geteuid() == 0:
        uid, gid = service_user()
        words += [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--securebits=+no_setuid_fixup"]
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return words
