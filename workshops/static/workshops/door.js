// The door on a phone: the camera reads codes, names are found while one types, and the network may go. What is scanned without
// one is kept on the phone (a number, a moment and a nonce; no name and no code) and sent when it is back. The list of names
// lives in this page alone and goes with it (docs/door.md). Without this file the page works with a tap more.
"use strict";

(() => {
  const TOO_OLD = 3 * 24 * 3600 * 1000; // the portal takes nothing older
  const PATIENCE = 2500; // how long a scan waits for the portal before the list answers
  const LOOK_AGAIN = 10000;
  const MOST = 100;

  // Where a browser lets nothing be stored, what is kept lasts as long as the page.
  const storage = (() => {
    try {
      localStorage.setItem("door.", "");
      localStorage.removeItem("door.");
      return localStorage;
    } catch {
      const items = new Map();
      const store = { getItem: (key) => items.get(key), removeItem: (key) => items.delete(key), names: () => [...items.keys()] };
      return { ...store, setItem: (key, value) => items.set(key, value) };
    }
  })();
  const keys = (door) => (storage.names?.() ?? Object.keys(storage)).filter((key) => key.startsWith(`door.${door}.`));
  const wipe = (door) => keys(door).forEach((key) => storage.removeItem(key));

  const over = document.querySelector("[data-door-ended]");
  if (over) {
    wipe(over.dataset.doorEnded);
    return;
  }
  const door = document.querySelector("[data-door]");
  const get = (id) => document.getElementById(id);
  const say = get("door-words").dataset;
  const roster = () => get("door-roster");
  const lines = () => [...roster().querySelectorAll("li[data-place]")];
  const lineOf = (place) => lines().find((line) => Number(line.dataset.place) === place);
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: door.dataset.zone };
  const clock = (moment) => new Intl.DateTimeFormat("en", shown).format(moment);
  const said = (words, facts) => words.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

  // --- What is kept on the phone until the portal has it

  const kept = () =>
    keys(door.dataset.door)
      .map((key) => JSON.parse(storage.getItem(key)))
      .filter((scan) => Date.now() - scan.made < TOO_OLD || forget(scan))
      .sort((one, other) => one.made - other.made);
  const keep = (scan) => storage.setItem(`door.${door.dataset.door}.${scan.nonce}`, JSON.stringify(scan));
  const forget = ({ nonce }) => storage.removeItem(`door.${door.dataset.door}.${nonce}`);

  const newNonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // --- The network

  let online = navigator.onLine;
  let signedOut = false;
  let stale = false; // the token of the page's forms is one from before somebody signed in again
  let sending = null;

  const showNetwork = () => {
    const waiting = kept().length;
    const bar = get("door-network");
    bar.hidden = online && !signedOut && !waiting;
    bar.dataset.state = signedOut ? "out" : online ? "sending" : "off";
    const state = signedOut ? say.signedOut : online ? say.sending : say.offline;
    get("door-network-words").textContent = waiting ? `${state} ${said(say.waiting, { count: waiting })}` : state;
    get("door-sign-in").hidden = !signedOut;
  };

  const ask = async (address, options = {}) => {
    let answer;
    try {
      answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE), ...options });
    } catch (error) {
      online = false;
      throw error;
    }
    online = true;
    signedOut = answer.type === "opaqueredirect";
    stale = answer.status === 403;
    if (answer.status === 404) {
      wipe(door.dataset.door); // the link is over, or this person is no host any more
      leaving = true;
      location.reload();
    }
    if (signedOut || !answer.ok) {
      throw new Error(`The portal answered ${answer.status}.`);
    }
    return answer;
  };

  const send = async (scans) => {
    const body = JSON.stringify({
      scans: scans.map(({ made, ...scan }) => ({ ...scan, ago: Math.max(0, Date.now() - made) })),
    });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": roster().dataset.csrf };
    const { results } = await (await ask(door.dataset.scans, { method: "POST", headers, body })).json();
    results.forEach(forget);
    return results;
  };

  const lookAgain = async () => {
    const answer = await ask(`${door.dataset.roster}?seen=${stale ? "" : roster().dataset.version}`);
    if (answer.status === 200) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["door-counts", "door-roster"]) {
        get(id).replaceWith(document.adoptNode(fresh.getElementById(id)));
      }
    }
    paint();
  };

  // What was kept goes first, so that the list that comes back knows it.
  const bringUpToDate = () => {
    sending ??= (async () => {
      try {
        for (let waiting = kept(); waiting.length; waiting = kept()) {
          const refused = (await send(waiting.slice(0, MOST))).filter((result) => result.outcome === "no");
          refused.forEach((result) => addProblem(result.words));
        }
        await lookAgain();
      } catch {
        await (stale && lookAgain().catch(() => {})); // kept: it is tried again, then with another token
      } finally {
        sending = null;
        showNetwork();
      }
    })();
    return sending;
  };

  const addProblem = (words) => {
    const line = document.createElement("li");
    line.textContent = words;
    get("door-problems-list").append(line);
    get("door-problems").hidden = false;
  };

  // --- The list

  const paint = () => {
    for (const scan of kept()) {
      const line = lineOf(scan.place);
      if (line) {
        line.dataset.here = scan.back ? "" : line.dataset.here || clock(scan.made);
        line.dataset.kept = "";
      }
    }
    for (const line of lines()) {
      line.classList.toggle("is-here", Boolean(line.dataset.here));
      line.querySelector("[data-since]").textContent = line.dataset.here;
    }
    const here = lines().filter((line) => line.dataset.here).length;
    const counts = { here, "to-come": lines().length - here };
    for (const [name, count] of Object.entries(counts)) {
      const shownCount = get("door-counts").querySelector(`[data-count="${name}"]`);
      if (shownCount) {
        shownCount.textContent = count;
      }
    }
    filter();
    showNetwork();
  };

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const filter = () => {
    const wanted = plain(get("door-find").value.trim());
    let found = 0;
    for (const line of roster().querySelectorAll("li")) {
      line.hidden = !plain(line.querySelector("b").textContent).includes(wanted); // its buttons have words too
      found += line.hidden ? 0 : 1;
    }
    get("door-none").hidden = found > 0 || !wanted;
  };

  // --- The answer, large

  const SIGNS = { here: "yes", already: "already", taken_back: "back", no: "no", wait: "wait" };

  const show = (outcome, { who = "", note = "", place = null } = {}) => {
    const verdict = get("door-verdict");
    verdict.hidden = false;
    verdict.dataset.sign = SIGNS[outcome];
    get("door-verdict-word").textContent = say[SIGNS[outcome]];
    get("door-verdict-who").textContent = who;
    get("door-verdict-note").textContent = note;
    const undo = get("door-verdict-undo");
    undo.hidden = outcome !== "here";
    undo.dataset.place = place ?? "";
    if (outcome !== "wait") {
      navigator.vibrate?.(outcome === "here" ? 60 : [90, 60, 90]);
    }
  };

  const nameOf = (line) => line?.querySelector("[data-who]").textContent ?? "";

  const showByList = (scan, line, before) => {
    const note = say.kept;
    if (scan.back) {
      show("taken_back", { who: nameOf(line), note });
    } else if (before) {
      show("already", { who: nameOf(line), note: said(say.since, { time: before }) });
    } else {
      show("here", { who: nameOf(line), note, place: scan.place });
    }
  };

  const showByPortal = ({ outcome, words, place }) => {
    const line = lineOf(place);
    const since = line?.dataset.here && outcome === "here" ? said(say.since, { time: line.dataset.here }) : "";
    if (outcome === "no") {
      show("no", { note: words });
    } else {
      show(outcome, { who: nameOf(line) || words, note: outcome === "already" ? words : since, place });
    }
  };

  // A scan is on the phone before it is sent, unless the list does not know it: then only the portal can answer.
  const arrivals = new Map(); // the nonce of the last arrival that this page noted, by place: Undo says which one it means

  const note = async ({ place = null, code = "", back = false }) => {
    const scan = { nonce: newNonce(), place, code: place ? "" : code, back, made: Date.now(), signed: roster().dataset.signed };
    if (back) {
      scan.undoes = arrivals.get(place) ?? null;
    } else if (place) {
      arrivals.set(place, scan.nonce);
    }
    const line = place ? lineOf(place) : null;
    const before = line?.dataset.here ?? "";
    show("wait", { who: nameOf(line) });
    if (place) {
      keep(scan);
    }
    await sending;
    const ahead = kept().filter((other) => other.nonce !== scan.nonce).length;
    try {
      if (ahead && place) {
        throw new Error("What was kept before goes first.");
      }
      const [result] = await send([scan]);
      if (line && !back && result.outcome !== "no") {
        line.dataset.here ||= clock(scan.made);
      }
      showByPortal(result);
      void bringUpToDate();
    } catch {
      if (place) {
        paint();
        showByList(scan, line, before);
      } else {
        show("no", { note: say.unknown });
      }
      showNetwork();
      if (ahead) {
        void bringUpToDate();
      }
    }
  };

  const hashOf = async (code) => {
    const bytes = new TextEncoder().encode(roster().dataset.salt + code);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 32);
  };

  const readCode = (text) => text.split("code=").at(-1).toUpperCase().replace(/[^A-Z0-9]/g, "");

  const noteCode = async (text) => {
    const code = readCode(text);
    const hash = crypto.subtle ? await hashOf(code) : ""; // without HTTPS the portal alone can compare
    const line = hash && lines().find((one) => one.dataset.code === hash);
    return note(line ? { place: Number(line.dataset.place) } : { code });
  };

  // --- The camera

  const camera = { stream: null, last: "", lastAt: 0 };
  const video = get("door-video");
  const canvas = document.createElement("canvas");

  const loadDecoder = () =>
    new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: door.dataset.decoder, onload: resolve, onerror: reject });
      document.head.append(script);
    });

  // The portal's own is loaded with the page, for later there may be no network.
  const decoderLoaded = "BarcodeDetector" in window ? null : loadDecoder();
  decoderLoaded?.catch(() => {});

  const decoder = async () => {
    if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async () => (await detector.detect(video))[0]?.rawValue;
    }
    await (decoderLoaded ?? loadDecoder());
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = context.getImageData(0, 0, canvas.width, canvas.height);
      return jsQR(image.data, image.width, image.height, { inversionAttempts: "dontInvert" })?.data;
    };
  };

  const watch = async (read) => {
    if (!camera.stream) {
      return;
    }
    const text = video.videoWidth ? await read().catch(() => "") : "";
    if (text && (text !== camera.last || Date.now() - camera.lastAt > 4000)) {
      camera.last = text;
      await noteCode(text);
    }
    camera.lastAt = text ? Date.now() : camera.lastAt; // held before the lens, a code is one scan
    setTimeout(() => watch(read), 120);
  };

  const stopCamera = () => {
    camera.stream?.getTracks().forEach((track) => track.stop());
    camera.stream = null;
    get("door-camera").hidden = true;
    get("door-scan").hidden = false;
  };

  const startCamera = async () => {
    try {
      const wanted = { facingMode: "environment", width: { ideal: 1280 } };
      camera.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      get("door-camera").hidden = false;
      get("door-scan").hidden = true;
      get("door-no-camera").hidden = true;
      get("door-camera").scrollIntoView({ block: "start" });
      video.srcObject = camera.stream;
      await video.play();
      navigator.wakeLock?.request("screen").catch(() => {});
      void watch(await decoder());
    } catch {
      stopCamera();
      get("door-no-camera").hidden = false;
    }
  };

  // --- Taps

  let leaving = false;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id === "door-code") {
      const field = form.elements.code;
      if (readCode(field.value) || !online) {
        event.preventDefault();
        void noteCode(field.value);
        field.value = "";
        field.blur(); // the keyboard of the phone covers the answer
      }
    } else if (form.dataset.act) {
      event.preventDefault();
      void note({ place: Number(form.closest("li").dataset.place), back: form.dataset.act === "back" });
    } else if (!online) {
      event.preventDefault();
      show("no", { note: say.needsNetwork });
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]:not([href^='#'])");
    if (link && !online) {
      event.preventDefault(); // the page would be gone, and the list with it
      show("no", { note: say.needsNetwork });
    }
  });

  get("door-verdict-next").addEventListener("click", () => {
    get("door-verdict").hidden = true;
  });
  get("door-verdict-undo").addEventListener("click", (event) => {
    void note({ place: Number(event.currentTarget.dataset.place), back: true });
  });
  get("door-problems-seen").addEventListener("click", () => {
    get("door-problems-list").replaceChildren();
    get("door-problems").hidden = true;
  });
  get("door-find").addEventListener("input", filter);
  get("door-scan").addEventListener("click", () => void startCamera());
  get("door-stop").addEventListener("click", stopCamera);

  window.addEventListener("online", () => void bringUpToDate());
  window.addEventListener("offline", () => {
    online = false;
    showNetwork();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && (!online || kept().length)) {
      event.preventDefault();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stopCamera();
    } else {
      void bringUpToDate();
    }
  });
  setInterval(() => document.hidden || void bringUpToDate(), LOOK_AGAIN);

  get("door-find-field").hidden = false;
  get("door-scan").hidden = !navigator.mediaDevices?.getUserMedia;
  get("door-refresh").hidden = true;
  paint();
  if (kept().length) {
    void bringUpToDate();
  }
})();
