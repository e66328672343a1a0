// What HTML does not do by itself: focus goes to what was refused also where the address names another place (or the page is
// Django's), and menus close on Escape and on a click beside them. Without this file everything works with one step more.
"use strict";

(() => {
  const refusal = document.querySelector(".refusal, .errornote, .messagelist .error");
  if (refusal) {
    refusal.tabIndex = -1;
    refusal.focus();
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
