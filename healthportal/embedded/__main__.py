"""``python -m healthportal.embedded demo|dev|reset``: what ``make`` calls. Exit status 1 comes with one sentence."""

import argparse
import signal
import sys
from pathlib import Path

from .processes import CannotStart
from .supervisor import Supervisor, reset, say

ROOT = Path(__file__).resolve().parents[2]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m healthportal.embedded")
    parser.add_argument("command", choices=["demo", "dev", "reset"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    words = parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    try:
        if words.command == "reset":
            reset(ROOT / "var")
        else:
            Supervisor(ROOT, words.host, words.port, development=words.command == "dev").run()
    except KeyboardInterrupt:
        say("Stopped.")
    except CannotStart as reason:
        return refuse(str(reason))
    except OSError as error:
        return refuse(f"{error.strerror}: {error.filename or ROOT}.")
    return 0


def interrupt(number: int, frame: object) -> None:
    """Ask once; what comes while everything stops is ignored."""
    for other in STOP_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


sys.exit(main())
