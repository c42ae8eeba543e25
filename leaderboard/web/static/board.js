// Live pages: every one of them works without this file, too.
"use strict";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const parse = (text) => new DOMParser().parseFromString(text, "text/html");

// Calls `told` for news of these names, soon: five hundred browsers do not all ask at once.
function listen(url, names, told) {
  const source = new EventSource(url);
  let waits = 0;
  const soon = () => {
    waits ||= setTimeout(() => { waits = 0; told(); }, Math.random() * 400);
  };
  for (const name of names) source.addEventListener(name, soon);
  addEventListener("pagehide", () => source.close());
  return source;
}

// The leaderboard: only what changed is put in its place, so that only that is read aloud.
function live(board) {
  let tag = "";
  let turn = 0;
  async function ask() {
    const mine = ++turn;
    const answer = await fetch(board.dataset.live, { headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status !== 200) return;
    const text = await answer.text();
    if (mine !== turn) return; // a later answer is on its way: the latest wins
    tag = answer.headers.get("ETag") || "";
    const fresh = parse(text).body;
    const old = [...board.querySelectorAll("[data-part]")];
    const parts = [...fresh.querySelectorAll("[data-part]")];
    const names = (all) => all.map((one) => one.dataset.part).join();
    if (names(old) !== names(parts)) {
      board.replaceChildren(...fresh.childNodes);
      return fit();
    }
    const before = rows(board);
    parts.forEach((part, i) => {
      if (old[i].innerHTML !== part.innerHTML) old[i].replaceChildren(...part.childNodes);
      old[i].className = part.className;
    });
    fit();
    move(before, rows(board));
  }
  listen(board.dataset.events, ["standings", "mine"], () => ask().catch(() => {}));
}

// Team -> its row, where it is, and its score.
function rows(board) {
  return new Map([...board.querySelectorAll("tr.team")].map((row) => [
    row.querySelector("th").firstChild.data,
    { row, top: row.offsetTop, score: row.querySelector(".score").textContent },
  ]));
}

// Rows glide to their new places, and those with a new score light up.
function move(before, after) {
  if (still.matches) return;
  for (const [team, { row, top, score }] of after) {
    const old = before.get(team);
    if (!old || old.score !== score) row.classList.add("news");
    if (old && old.top && top && old.top !== top) { // 0: there was no room for it
      row.animate([{ translate: `0 ${old.top - top}px` }, { translate: "0 0" }], { duration: 700, easing: "ease" });
    }
  }
}

// On a projector: the rows there is room for, and how many teams there are more.
function fit() {
  const box = document.querySelector(".screen .scroll");
  const more = document.querySelector(".more");
  if (!box || !more) return;
  const all = [...box.querySelectorAll("tbody tr")];
  for (const row of [...all, more]) row.hidden = false;
  for (const row of all.filter((row) => row.offsetTop + row.offsetHeight > box.clientHeight + 1)) row.hidden = true;
  const last = all.findLast((row) => !row.hidden);
  if (last?.matches(".group")) last.hidden = true; // the label of rows below
  const n = all.filter((row) => row.hidden && row.matches(".team")).length;
  more.querySelector("b").textContent = n;
  more.querySelector("span").hidden = n === 1;
  more.hidden = !n;
}

// One's own submissions: the page is asked for again, what was ticked stays ticked. A score stands on it with the others'.
function mine(part) {
  listen(part.dataset.mine, ["mine", "standings"], async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer || !answer.ok) return;
    const fresh = parse(await answer.text()).getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.innerHTML) return;
    for (const box of part.querySelectorAll("input[type=checkbox]")) {
      const same = fresh.querySelector(`[name="${box.name}"]`);
      if (same) same.checked = box.checked;
    }
    part.replaceChildren(...fresh.childNodes);
  });
}

// The host's overview: who joins and what waits, anew; but nothing moves away under a pointer that is about to press.
function watch(part) {
  let waits = 0;
  async function ask() {
    clearTimeout(waits);
    const answer = await fetch(part.dataset.host).catch(() => null);
    if (!answer || !answer.ok) return;
    const fresh = parse(await answer.text()).body;
    if (fresh.innerHTML.trim() === part.innerHTML.trim()) return;
    if (part.querySelector("form:hover, form:focus-within")) waits = setTimeout(ask, 1000);
    else part.replaceChildren(...fresh.childNodes);
  }
  listen(part.dataset.events, ["queue"], ask).addEventListener("open", ask); // what came before it was open is news, too
}

// How long until something ends.
function countdown() {
  for (const part of document.querySelectorAll("[data-until]")) {
    const minutes = Math.floor((part.dataset.until - Date.now() / 1000) / 60);
    if (minutes < 1) continue;
    const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    const [days, hours, mins] = part.dataset.units.split(" "); // in the words of the page
    const words = d ? `${d} ${days} ${h} ${hours}` : h ? `${h} ${hours} ${m} ${mins}` : `${m} ${mins}`;
    if (part.textContent !== words) part.textContent = words;
  }
}

// The form for files: drop one on it, and see how far it is.
function drop(form) {
  const input = form.querySelector("input[type=file]");
  const bar = form.querySelector("progress");
  const over = (is) => (event) => { event.preventDefault(); form.classList.toggle("over", is); };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = new XMLHttpRequest(); // fetch can't say how far it is
    const button = form.querySelector("button");
    bar.hidden = false;
    button.disabled = true;
    asked.upload.onprogress = (sent) => { bar.value = sent.loaded / (sent.total || 1); };
    asked.onload = () => {
      if (asked.status < 400) return location.assign(asked.responseURL);
      document.querySelector("main").replaceWith(parse(asked.responseText).querySelector("main"));
      document.querySelectorAll("[data-drop]").forEach(drop);
      document.querySelector(".told")?.scrollIntoView({ block: "center" });
    };
    asked.onerror = () => { button.disabled = false; HTMLFormElement.prototype.submit.call(form); };
    asked.open("POST", form.action);
    asked.send(new FormData(form));
  });
}

document.querySelectorAll("[data-live]").forEach(live);
document.querySelectorAll("[data-mine]").forEach(mine);
document.querySelectorAll("[data-host]").forEach(watch);
document.querySelectorAll("[data-drop]").forEach(drop);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its stream was closed
fit();
addEventListener("resize", fit);
countdown();
setInterval(countdown, 20000);
