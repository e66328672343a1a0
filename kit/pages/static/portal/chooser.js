// Choosers of the admin that search while one types: nothing is offered before two letters, and nothing is chosen from
// a list that was found for other letters than those that stand there now. Rows wider than a phone are moved by keys too.
"use strict";

(() => {
  const LETTERS = 2;
  let found = null; // what the list that is shown was found for

  // What is shown of a chooser says what its field is called; select2 names it by what was chosen alone.
  const nameChoosers = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete.select2-hidden-accessible")) {
      const box = select.nextElementSibling && select.nextElementSibling.querySelector("[role=combobox]");
      const shown = box && box.querySelector(".select2-selection__rendered");
      const name = select.getAttribute("aria-label") || (select.labels[0] && select.labels[0].textContent.trim().replace(/:$/, ""));
      if (shown && name) {
        for (const part of [box, shown]) {
          part.removeAttribute("aria-labelledby");
          part.setAttribute("aria-label", name);
        }
        box.setAttribute("aria-describedby", shown.id);
      }
    }
  };
  document.addEventListener("formset:added", nameChoosers);

  document.addEventListener("DOMContentLoaded", () => {
    for (const rows of document.querySelectorAll(".inline-group")) {
      if (rows.scrollWidth > rows.clientWidth) {
        rows.tabIndex = 0;
      }
    }
  });

  // Before "DOMContentLoaded", when the admin makes its choosers.
  document.addEventListener("readystatechange", () => {
    const $ = window.django && window.django.jQuery;
    if (document.readyState !== "interactive" || !$ || !$.fn.select2) {
      return;
    }
    $.fn.select2.defaults.set("minimumInputLength", LETTERS);
    $(nameChoosers); // after the admin has made them, which is registered already
    $(document).on("ajaxSuccess", (event, request, settings) => {
      const address = new URL(settings.url, window.location.href);
      if (address.searchParams.has("field_name")) {
        found = address.searchParams.get("term") || "";
      }
    });
    $(document).on("select2:open", () => {
      found = null;
    });
    $(document).on("select2:selecting", ".admin-autocomplete", (event) => {
      const field = document.querySelector(".select2-container--open .select2-search__field");
      if (field && field.value !== found) {
        event.preventDefault();
      }
    });
  });
})();
