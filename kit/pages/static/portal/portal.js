// What HTML does not do by itself: focus goes to what was refused also where the address names another place (or the page is
// Django's), menus close on Escape and on a click beside them, a button copies, and a time is
// told on the reader's own clock too. Without this file everything works with one step more.
"use strict";

(() => {
  const refusal = document.querySelector(".refusal, .errornote, .messagelist .error");
  if (refusal) {
    refusal.tabIndex = -1;
    refusal.focus();
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const said = button.parentElement.querySelector("[data-copied]");
      try {
        await navigator.clipboard.writeText(source.textContent);
        said.textContent = "Copied";
      } catch {
        window.getSelection().selectAllChildren(source); // without HTTPS, or not allowed: ready for the keyboard
        said.textContent = "Selected: press Ctrl+C or ⌘C";
      }
    });
  }

  for (const line of document.querySelectorAll("[data-own-time]")) {
    const [starts, ends] = [new Date(line.dataset.starts), new Date(line.dataset.ends)];
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(line.dataset.starts) ?? [, "+", 0, 0];
    if (-starts.getTimezoneOffset() !== Number(`${sign}1`) * (hours * 60 + Number(minutes))) {
      const shown = { dateStyle: "medium", timeStyle: "short" };
      line.querySelector("[data-time]").textContent = new Intl.DateTimeFormat(document.documentElement.lang, shown).formatRange(starts, ends);
      line.hidden = false;
    }
  }

  const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];

  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    const open = openMenus();
    if (event.key !== "Escape" || !open.length) {
      return;
    }
    const around = open.filter((menu) => menu.contains(document.activeElement));
    const menu = (around.length ? around : open).at(-1); // of menus in each other the inner one
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
