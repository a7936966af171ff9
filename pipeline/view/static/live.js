// The live feed: claims come as server-sent events, as HTML that the server has escaped, from the page's own template.
"use strict";

const MOST = 200; // claims kept in the page
const feed = document.getElementById("feed");
const pause = document.getElementById("pause");
const state = document.getElementById("status");

if (feed.dataset.events && window.EventSource) {
  const waiting = [];
  let paused = false;
  let arrived = 0;

  const show = (html) => {
    const item = document.createElement("li");
    item.innerHTML = html;
    const claim = item.querySelector("[data-claim]").dataset.claim;
    for (const old of feed.querySelectorAll("[data-claim]")) {
      if (old.dataset.claim === claim) old.parentElement.remove();
    }
    item.className = "new";
    feed.prepend(item);
    while (feed.children.length > MOST) feed.lastElementChild.remove();
    document.getElementById("empty")?.remove();
  };

  const tell = () => {
    state.textContent = paused
      ? `Paused; ${waiting.length} waiting.`
      : arrived ? `${arrived} arrived since you opened this page.` : "Claims as they arrive.";
  };

  const events = new EventSource(feed.dataset.events);
  events.addEventListener("claim", (event) => {
    if (paused) {
      waiting.push(event.data);
      while (waiting.length > MOST) waiting.shift();
    } else {
      arrived += 1;
      show(event.data);
    }
    tell();
  });
  events.addEventListener("open", tell);
  events.addEventListener("error", () => { state.textContent = "Not connected; trying again."; });

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    if (!paused) {
      arrived += waiting.length;
      waiting.splice(0).forEach(show);
    }
    tell();
  });
}
