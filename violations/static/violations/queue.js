// Keys for the queue of appeals, where the page shows which there are. Nothing is sent by one key: a key goes where its link or
// button goes, and decisions are sent by their own button. Whoever does not want them switches them off, in this browser.
"use strict";

(() => {
  const OFF = "appeals.keys.off";
  const PRESSES = {
    n: ".take-next button",
    t: 'button[formaction$="/take/"]',
    g: '.review-top a[href$="/grant/"]',
    p: '.review-top a[href$="/grant_partly/"]',
    d: '.review-top a[href$="/deny/"]',
    a: '.object-tools a[href$="/ask/"]',
    m: '.object-tools a[href$="/note/"]',
    u: '.breadcrumbs a[href*="/violations/appeal/"]',
  };
  const FOCUSES = { "/": "#searchbar", r: "#id_reason, #id_things", c: "#id_reason_code" };

  const find = (selector) => selector && document.querySelector(selector);
  const rows = () => [...document.querySelectorAll("#result_list tbody th a")];

  // Where a browser lets nothing be stored, the choice lasts as long as the page.
  let off = false;
  try {
    off = localStorage.getItem(OFF) !== null;
  } catch {
    off = false;
  }
  const choose = (value) => {
    off = value;
    try {
      value ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF);
    } catch {
      // It is chosen for this page.
    }
  };

  const move = (by) => {
    const links = rows();
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by;
    links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
    return links.length > 0;
  };
  const focus = (element) => {
    element?.focus();
    element?.scrollIntoView({ block: "center" });
    return Boolean(element);
  };
  const press = (element) => {
    element?.click();
    return Boolean(element);
  };
  const help = () => {
    const details = find(".review-keys");
    details.open = true;
    return focus(details.querySelector("summary"));
  };

  const act = (key, inRow) => {
    if (key === "j" || (inRow && key === "ArrowDown")) return move(1);
    if (key === "k" || (inRow && key === "ArrowUp")) return move(-1);
    if (key === "o" && inRow) return press(document.activeElement);
    if (key === "?") return help();
    if (/^[1-9]$/.test(key)) return press(document.querySelectorAll("button[name=macro]")[key - 1]);
    return focus(find(FOCUSES[key])) || press(find(PRESSES[key]));
  };

  const isTyping = (element) => element.matches("input:not([type=submit], [type=checkbox]), textarea, select") || element.isContentEditable;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const at = document.activeElement ?? document.body;
    if (isTyping(at)) {
      if (event.key === "Escape") at.blur();
      return;
    }
    if (!off && find(".review-keys") && act(event.key, rows().includes(at))) event.preventDefault();
  });

  document.addEventListener("DOMContentLoaded", () => {
    const details = find(".review-keys");
    if (!details) return;
    details.hidden = false;
    const box = details.querySelector("input");
    box.checked = !off;
    box.addEventListener("change", () => choose(!box.checked));
  });
})();
