"""What a script sees of a page: whether something is cut off, takes no focus, shows none, or waits for script."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

WIDTHS = (1280, 768, 360, 320)
PAPER = 718
"""The pixels across a sheet of A4 between its margins."""

CUT_OFF = """() => {
  const found = [], root = document.documentElement, wide = root.clientWidth;
  if (root.scrollWidth > wide) found.push(`page: ${root.scrollWidth} wide`);
  const told = (one) => `${one.tagName.toLowerCase()}.${one.className.baseVal ?? one.className}`;
  // Of a message in the inbox a row shows the beginning; it opens in full.
  const hidden = (one) => one.closest(".mail-words, .visually-hidden, .skip-link, svg, select, textarea, input");
  for (const box of document.querySelectorAll("body *")) {
    if (hidden(box) || !box.checkVisibility()) continue;
    const way = getComputedStyle(box).overflowX;
    if (way !== "visible" && box.clientWidth > 1 && box.scrollWidth > box.clientWidth + 1)
      found.push(`${told(box)}: ${box.scrollWidth} wide in ${box.clientWidth}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    const around = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || hidden(around) || !around.checkVisibility()) continue;
    range.selectNodeContents(texts.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1))
      found.push(`${told(around)}: from ${Math.round(box.left)} to ${Math.round(box.right)}`);
  }
  return [...new Set(found)].slice(0, 5);
}"""

# A browser shows the focus it is given by script to whoever last pressed a key.
WITHOUT_FOCUS = """() => {
  const look = (one) => { const style = getComputedStyle(one);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.borderColor,
            style.backgroundColor, style.textDecorationLine, style.textDecorationThickness].join(); };
  const around = (one) => [one, one.parentElement, one.closest("li > *, label"), ...(one.labels || []),
                           one.nextElementSibling].filter(Boolean);
  const found = [];
  for (const one of document.querySelectorAll(
      "body :is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'])")) {
    if (one.disabled || one.closest("[inert]")) continue;
    if (!one.checkVisibility() && getComputedStyle(one).display !== "contents") continue;
    document.activeElement.blur();
    const before = around(one).map(look).join("|");
    one.focus();
    if (document.activeElement !== one) found.push(`takes no focus: ${one.outerHTML.slice(0, 120)}`);
    else if (one.tabIndex < 0) found.push(`no key leads to it: ${one.outerHTML.slice(0, 120)}`);
    else if (around(one).map(look).join("|") === before) found.push(`shows no focus: ${one.outerHTML.slice(0, 120)}`);
  }
  document.activeElement.blur();
  return found.slice(0, 5);
}"""

# What a browser cuts between sheets prints over itself if it is a grid.
PRINTED = """() => {
  const seen = (one) => one.checkVisibility(), told = (one) => one.outerHTML.slice(0, 100);
  const found = [...document.querySelectorAll("main :is(button, .button)")].filter(seen)
    .map((one) => `a button: ${told(one)}`);
  for (const one of document.querySelectorAll("main, main :is(.split, .grid, .stack)"))
    if (seen(one) && !["block", "contents"].includes(getComputedStyle(one).display)) found.push(`a grid: ${told(one)}`);
  const who = document.querySelector("main .print-only");
  if (location.pathname.startsWith("/s/") && !(who && seen(who) && who.innerText.trim()))
    found.push("does not say whose page it is");
  return found.slice(0, 5);
}"""

WAITS_FOR_SCRIPT = """() => {
  const seen = (one) => one.checkVisibility();
  const dead = [...document.querySelectorAll("main button[type=button]")].filter(seen);
  const stuck = [...document.querySelectorAll("main form")].filter(form => form.offsetHeight)
    .filter(form => ![...form.elements].some(one => one.type === "submit" || one.type === "image"));
  const h1 = [...document.querySelectorAll("h1")].filter(seen);
  return [...[...dead, ...stuck].map(one => one.outerHTML.slice(0, 160)), ...(h1.length === 1 ? [] : ["no h1"])];
}"""


def faults_of_layout(page: Page) -> Iterator[str]:
    """Look at an open page in every width, in forced colours, and on paper."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        yield from (f"{width} px, {one}" for one in page.evaluate(CUT_OFF))
    yield from (f"focus, {one}" for one in focus_faults(page))
    page.emulate_media(forced_colors="active")
    yield from (f"forced colours, {one}" for one in [*page.evaluate(CUT_OFF), *focus_faults(page)])
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": PAPER, "height": 800})
    page.emulate_media(media="print")
    yield from (f"print, {one}" for one in [*page.evaluate(CUT_OFF), *page.evaluate(PRINTED)])
    page.emulate_media(media="screen")


def focus_faults(page: Page) -> list[str]:
    page.keyboard.press("Shift")
    found: list[str] = page.evaluate(WITHOUT_FOCUS)
    return found


def faults_of_large_text(page: Page) -> Iterator[str]:
    """Look at an open page in a browser whose letters are twice as large."""
    for width in (1280, 640):
        page.set_viewport_size({"width": width, "height": 800})
        yield from (f"200 %, {width} px, {one}" for one in page.evaluate(CUT_OFF))
