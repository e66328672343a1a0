"""Runs the whole portal for one checkout: Postgres and Valkey if need be, web, Celery worker and Celery beat.

Everything it writes is below ``var/``, except for the sockets (see services.py). It starts nothing again by itself: if
one process dies, it says which, shows the end of its log and stops all. Only in development are worker and beat started
again, when the code changes.
"""

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from healthportal.demo.signins import PASSWORD, SIGN_INS

from . import postgres
from .badge_key import badge_key
from .processes import CannotStart, Process, guarded
from .services import running

NEEDED_MEGABYTES = 300
MANAGE = (sys.executable, "manage.py")
CELERY = (sys.executable, "-m", "celery", "-A", "healthportal")


@dataclass
class Supervisor:
    """One run of the portal of the checkout ``root``. ``run`` returns only by an exception.

    ``owner`` are the variables with which to migrate, where they are others than those of the portal.
    """

    root: Path
    host: str
    port: int
    development: bool = False
    services: list[Process] = field(default_factory=list)
    owner: Mapping[str, str] = field(default_factory=dict)
    jobs: list[Process] = field(default_factory=list)

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def url(self) -> str:
        return f"http://{'localhost' if self.host in {'0.0.0.0', '::'} else self.host}:{self.port}"  # noqa: S104  # compares, binds nothing

    def run(self) -> None:
        """Start everything and watch it.

        Raises CannotStart: something does not start or died. KeyboardInterrupt: somebody asks it to stop.
        """
        with ExitStack() as stack:
            stack.enter_context(only_one(self.var))
            check_port(self.host, self.port)
            check_disk(self.var)
            env = stack.enter_context(self.environment())
            stack.callback(self.stop)  # before the services they use
            self.manage("migrate", "--no-input", "--verbosity=0", env={**env, **self.owner})
            self.manage("seed_demo", env=env)
            web = self.start_web(env)
            self.start_jobs(env)
            self.wait_for(web)
            self.greet()
            self.watch(env)

    @contextmanager
    def environment(self) -> Iterator[dict[str, str]]:
        """The environment of the children. What the person has set themselves has precedence."""
        ours = self._defaults()
        if missing := {"DATABASE_URL", "REDIS_URL"} - os.environ.keys():
            if len(missing) == 1:
                raise CannotStart(f"{missing.pop()} is not set: set both DATABASE_URL and REDIS_URL, or neither.")
            with running(self.var) as services:
                self.services = services.processes
                self.owner = services.environment
                portal = services.environment_of_portal()
                env = {**ours, **os.environ, **portal}
                chosen = {name: env[name] for name in [*ours, *portal]}
                with local_env(self.var / "local.env", chosen):
                    yield env
        else:
            yield {**ours, **os.environ}

    def _defaults(self) -> dict[str, str]:
        return {
            "ENVIRONMENT": "local",
            "DEBUG": "1" if self.development else "0",
            "SECRET_KEY": kept_secret(self.var / "secret_key"),
            "BASE_URL": self.url,
            "BADGES": "1",
            "BADGE_KEY": badge_key(self.var / "badge_key.pem"),
            "EMAIL_URL": f"filemail:///{self.var / 'mail'}",
            "REPORT_CHECK_SECONDS": "5",
            "EMAIL_CHECK_SECONDS": "5",
            "REVERSAL_CHECK_SECONDS": "5",
        }

    def manage(self, *words: str, env: Mapping[str, str]) -> None:
        """Run a management command in the terminal."""
        done = subprocess.run([*guarded(), *MANAGE, *words], cwd=self.root, env=env, check=False)  # noqa: S603  # our own words, no shell
        if done.returncode:
            raise CannotStart(f"`manage.py {words[0]}` failed (see above).")

    def start(self, name: str, *words: str, env: Mapping[str, str], to_terminal: bool = False) -> Process:
        log = None if to_terminal else self.var / "log" / f"{name}.log"
        process = Process.start(name, words, cwd=self.root, env=env, log=log)
        self.jobs.append(process)
        return process

    def start_web(self, env: Mapping[str, str]) -> Process:
        address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        if self.development:
            return self.start("web", *MANAGE, "runserver", address, env=env, to_terminal=True)
        gunicorn = [sys.executable, "-m", "gunicorn", "healthportal.wsgi", "--bind", address, "--no-control-socket"]
        return self.start("web", *gunicorn, "--workers=2", "--threads=4", "--graceful-timeout=5", env=env)

    def start_jobs(self, env: Mapping[str, str]) -> None:
        quick = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.start("worker", *CELERY, "worker", "--concurrency=2", *quick, env=env)
        schedule = self.var / "celerybeat-schedule"
        self.start("beat", *CELERY, "beat", f"--schedule={schedule}", "--pidfile=", env=env)

    def wait_for(self, web: Process, timeout: float = 60) -> None:
        """Until the web process says that it, the database and the cache are well."""
        deadline = time.monotonic() + timeout
        while not healthy(self.url):
            self.check()
            if time.monotonic() > deadline:
                raise CannotStart(f"The web process does not answer on {self.url}/healthz: see {web.log}.")
            time.sleep(0.1)

    def watch(self, env: Mapping[str, str]) -> None:
        seen = newest_code(self.root) if self.development else 0
        while True:
            time.sleep(0.5)
            if self.development and (newest := newest_code(self.root)) != seen:
                seen = newest
                say("The code changed: worker and beat start again.")
                self.stop("worker", "beat")
                self.start_jobs(env)
            self.check()

    def check(self) -> None:
        """Raises CannotStart: a process died. In development, dead jobs wait for the next change of the code."""
        for process in [*self.services, *self.jobs]:
            if process.exit_status is None:
                continue
            sentence = f"{process.name} stopped by itself (exit status {process.exit_status})"
            say(*process.last_lines())
            if not self.development or process.name not in {"worker", "beat"}:
                raise CannotStart(f"{sentence}, so everything stops; see {process.log or 'above'}.")
            say(f"{sentence}; it starts again when the code changes.")
            self.jobs.remove(process)

    def stop(self, *names: str) -> None:
        """Stop the jobs of these names, or all of them, together."""
        going = [process for process in self.jobs if not names or process.name in names]
        for process in going:
            process.ask_to_stop()
        for process in going:
            process.stop()
            self.jobs.remove(process)

    def greet(self) -> None:
        say("", f"The portal is at {self.url}", "", *sign_ins())
        say(f"Logs are in {self.var / 'log'}, emails in {self.var / 'mail'}. Ctrl-C stops everything.")


def sign_ins() -> list[str]:
    """Who can sign in to the demo, and how."""
    width = max(len(email) for email, _ in SIGN_INS)
    people = [f"  {email:{width}}  {what}" for email, what in SIGN_INS]
    return [f"Sign in with the password {PASSWORD} as", *people, ""]


def say(*lines: str) -> None:
    """Print for the person at the terminal, if there still is one."""
    with suppress(OSError):
        for line in lines:
            print(line, flush=True)  # noqa: T201  # the terminal is its page


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the checkout's lock. Raises CannotStart: a supervisor already runs, or ``var`` is somebody else's."""
    var.mkdir(mode=0o700, exist_ok=True)
    if var.stat().st_uid != os.geteuid():
        raise CannotStart(f"{var} belongs to another user: start as that user, or remove it.")
    with (var / "supervisor.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            raise CannotStart(
                f"The portal of this checkout already runs: stop it with Ctrl-C where it runs, or with `kill {pid}`."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def reset(var: Path) -> None:
    """Forget all data. Raises CannotStart: the portal runs."""
    if not var.exists():
        return
    with only_one(var):
        postgres.wait_for_former_server(var.resolve() / "postgres")
        shutil.rmtree(var)


def check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CannotStart(
                f"Cannot listen on {host}, port {port} ({reason}): "
                f"stop what uses it, or choose another with `make demo PORT={port + 1}`."
            ) from None


def check_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise CannotStart(
            f"The disk of {folder} has {free} MB free, {NEEDED_MEGABYTES} MB are needed: free some space."
        )


def kept_secret(path: Path) -> str:
    """The checkout's own secret key, made at the first start, so that sign-ins outlive a restart."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text().strip()


@contextmanager
def local_env(path: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Tell ``manage.py`` in other terminals, through settings.py, where the servers are."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in variables.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def healthy(url: str) -> bool:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def newest_code(root: Path) -> float:
    """When a Python file of the portal last changed."""
    files = (file for file in root.glob("*/**/*.py") if not file.relative_to(root).parts[0].startswith("."))
    return max(file.stat().st_mtime for file in files)
