// Passkeys, which only a script can ask a browser for: a form with data-passkey gets the answer of the device and is sent.
// What is asked stands in the page (data-passkey-options names it), or where the form is sent to.
"use strict";

(() => {
  const known = globalThis.webauthnJSON && webauthnJSON.supported();

  const asked = async (form) => {
    const source = document.getElementById(form.dataset.passkeyOptions);
    if (source) {
      return JSON.parse(source.textContent);
    }
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      throw new Error(`The portal answered ${answer.status}.`);
    }
    return answer.json();
  };

  const create = ({ creation_options: options }) => {
    const wanted = { residentKey: "required", requireResidentKey: true, userVerification: "required" };
    Object.assign(options.publicKey.authenticatorSelection, wanted);
    return webauthnJSON.create(options);
  };

  const get = ({ request_options: options }) => webauthnJSON.get(options);

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const show = (name, shown) => {
      const note = form.querySelector(`[data-passkey-${name}]`);
      if (note) {
        note.hidden = !shown;
      }
    };
    show(known ? "start" : "unknown", true);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      show("refused", false);
      try {
        const answer = await (form.dataset.passkey === "create" ? create : get)(await asked(form));
        form.elements.credential.value = JSON.stringify(answer);
        form.submit();
      } catch {
        show("refused", true); // called off, or nothing there: the device says why
      }
    });
  }
})();
