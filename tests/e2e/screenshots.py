"""Ten pages of the demo as pictures, at a frozen moment: ``make screenshots`` renews, ``CHECK=1`` compares.

A picture depends on the machine's fonts and its Chromium, so these are kept beside the pictures. Elsewhere comparing is
left out with a reason, unless ``REQUIRE_SCREENSHOTS=1``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from .conftest import QUIET
from .demo_portal import Portal, addresses, demo_portal

ROOT = Path(__file__).resolve().parents[2]
PICTURES, FRESH = ROOT / "docs" / "screenshots", ROOT / "build" / "screenshots"
MADE_WITH = PICTURES / "made-with.txt"
PERSON = "near@example.com"
SIZES = {1280: 860, 360: 760}
COLOURS = ("light", "dark")
FONTS = ("sans-serif", "Arial", "monospace", "Noto Sans CJK SC", "emoji")
AS_MUCH = 40
"""How far a channel of a pixel may be off, of 255: pictures are stored in 128 colours."""
AS_MANY = 0.002
"""The share of pixels that may be off further."""
RENEW = "If it should look so, renew the pictures with `make screenshots` and commit them; fresh ones are in {}."


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots")
    parser.add_argument("--check", action="store_true", help="compare with what is stored instead of storing")
    check = parser.parse_args().check
    if check and (reason := why_not()) and os.environ.get("REQUIRE_SCREENSHOTS") != "1":
        say(f"Screenshots are not compared: {reason}.")
        return 0
    shutil.rmtree(FRESH, ignore_errors=True)
    FRESH.mkdir(parents=True)
    with demo_portal() as portal:
        take(portal)
    return compare() if check else store()


def why_not() -> str:
    """Why pictures of this machine would differ whatever the pages are."""
    if shutil.which("chromium") is None or shutil.which("fc-match") is None:
        return "chromium or fc-match is not installed (on Debian: apt install chromium fontconfig)"
    here, there = machine(), MADE_WITH.read_text() if MADE_WITH.exists() else "nothing"
    return "" if here == there else f"they were made with\n{there}and here is\n{here}"


def machine() -> str:
    """Chromium and the fonts that it would take."""
    asked = [["fc-match", "--format=%{family} %{fontversion}", font] for font in FONTS]
    fonts = [f"{font}: {run(command)}" for font, command in zip(FONTS, asked, strict=True)]
    return "\n".join([run(["chromium", "--version"]), *fonts, ""])


def run(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return done.stdout.strip()


def take(portal: Portal) -> None:
    """Open each page in each size and colours, and keep what the window shows."""
    name, _, value = portal.session_of(PERSON).partition("=")
    pages = addresses(PERSON)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*QUIET, "--hide-scrollbars"]
        )
        for page, ending in windows(browser):
            page.context.add_cookies([{"name": name, "value": value, "url": portal.url}])
            for title, path in pages.items():
                page.goto(portal.url + path)
                keep(page.screenshot(animations="disabled", caret="hide"), FRESH / f"{title}-{ending}.png")
        browser.close()


def windows(browser: Browser) -> Iterator[tuple[Page, str]]:
    for width, height in SIZES.items():
        for colours in COLOURS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=colours, reduced_motion="reduce"
            )
            yield context.new_page(), f"{width}-{colours}"
            context.close()


def keep(png: bytes, path: Path) -> None:
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def store() -> int:
    shutil.rmtree(PICTURES, ignore_errors=True)
    shutil.copytree(FRESH, PICTURES)
    MADE_WITH.write_text(machine())
    size = sum(path.stat().st_size for path in PICTURES.iterdir())
    say(f"{len(list(PICTURES.iterdir())) - 1} pictures in {PICTURES.relative_to(ROOT)}, {size / 1e6:.1f} MB.")
    return 0


def compare() -> int:
    names = sorted({path.name for folder in (PICTURES, FRESH) for path in folder.glob("*.png")})
    off = [f"{name}: {found}" for name in names if (found := difference(name))]
    for line in off:
        say(line)
    say(RENEW.format(FRESH.relative_to(ROOT)) if off else f"{len(names)} screenshots are as they were.")
    return int(bool(off))


def difference(name: str) -> str:
    """How a fresh picture differs from the stored one, or nothing if it does not."""
    if not (PICTURES / name).exists() or not (FRESH / name).exists():
        return "there is only one of them"
    stored, fresh = (Image.open(folder / name).convert("RGB") for folder in (PICTURES, FRESH))
    if stored.size != fresh.size:
        return f"{fresh.size} instead of {stored.size}"
    share = share_off(stored, fresh)
    return f"{share:.1%} of the pixels differ" if share > AS_MANY else ""


def share_off(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels of which a channel differs by more than may be."""
    bands = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(most.histogram()[AS_MUCH + 1 :]) / (one.width * one.height)


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main())
