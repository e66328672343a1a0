// What HTML does not do by itself: focus goes to what was refused also where the address names another place (or the page is
// Django's), the way back from there sends nothing again, a second click on a button sends nothing twice, menus close on
// Escape and on a click beside them, a button copies, and a time is told on the reader's own clock too. Without this file
// everything works with one step more.
"use strict";

(() => {
  const refusal = document.querySelector(".refusal, .errornote, .messagelist .error");
  if (refusal) {
    refusal.tabIndex = -1;
    refusal.focus();
    addEventListener("load", () => refusal.focus()); // a script of Django's that loads beside this one takes it away
    const forgetForm = () => history.replaceState(history.state, "", location.href); // whoever comes back opens the page
    addEventListener("submit", forgetForm);
    addEventListener("click", (event) => event.target.closest("a[href]") && forgetForm());
  }

  const sent = new WeakMap();
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form.method !== "post") { // a script takes it from here: at the door
      return;
    }
    const said = new URLSearchParams(new FormData(form, submitter)).toString();
    const last = sent.get(form);
    if (last && last.said === said && event.timeStamp - last.at < 1000) {
      event.preventDefault();
    } else {
      sent.set(form, { said, at: event.timeStamp });
    }
  });

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

  const clockName = (moment) => {
    for (const locale of ["en-US", "en-GB", "en-IN", "en-AU", "en-ZA"]) { // each knows the letters of the clocks around it
      const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(moment);
      const { value } = parts.find((part) => part.type === "timeZoneName");
      if (/^[A-Z]+$/.test(value)) {
        return value;
      }
    }
    const ahead = -moment.getTimezoneOffset();
    const minutes = Math.abs(ahead) % 60;
    return `UTC${ahead < 0 ? "−" : "+"}${twoDigits(Math.trunc(Math.abs(ahead) / 60))}${minutes ? `:${twoDigits(minutes)}` : ""}`;
  };
  const twoDigits = (number) => String(number).padStart(2, "0");
  const timeOf = (moment) => `${twoDigits(moment.getHours())}:${twoDigits(moment.getMinutes())}`;
  const dayOf = (moment) => `${moment.getFullYear()}-${twoDigits(moment.getMonth() + 1)}-${twoDigits(moment.getDate())}`;

  for (const line of document.querySelectorAll("[data-own-time]")) {
    const [starts, ends] = [new Date(line.dataset.starts), new Date(line.dataset.ends)];
    if (!JSON.parse(line.dataset.told).includes(-starts.getTimezoneOffset())) {
      const days = JSON.parse(line.dataset.days); // as kit/formatting.py writes them, and a period too
      const [first, last] = [clockName(starts), clockName(ends)];
      const sameDay = dayOf(starts) === dayOf(ends);
      const start = `${days[dayOf(starts)]}, ${timeOf(starts)}`;
      const end = `${sameDay ? "" : `${days[dayOf(ends)]}, `}${timeOf(ends)} ${last}`;
      const period = sameDay && first === last ? `${start}–${end}` : `${start} ${first} – ${end}`;
      const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
      line.querySelector("[data-time]").textContent = zone === "UTC" ? period : `${period} (${zone})`;
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
