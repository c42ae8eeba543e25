// Live pages: every one of them works without this file, too.
"use strict";

const jitter = () => Math.random() * 400; // five hundred browsers do not all ask in the same millisecond

function listen(url, name, told) {
  const source = new EventSource(url);
  source.addEventListener(name, () => setTimeout(told, jitter()));
}

for (const body of document.querySelectorAll("[data-live]")) {
  let tag = "";
  listen(body.dataset.events, "standings", async () => {
    const answer = await fetch(body.dataset.live, { headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status !== 200) return;
    tag = answer.headers.get("ETag") || "";
    const parsed = new DOMParser().parseFromString(`<table><tbody>${await answer.text()}</tbody></table>`, "text/html");
    body.replaceChildren(...parsed.querySelector("tbody").childNodes);
  });
}

for (const part of document.querySelectorAll("[data-reload]")) {
  listen(part.dataset.reload, "standings", () => location.reload());
}

for (const part of document.querySelectorAll("[data-mine]")) {
  listen(part.dataset.mine, "mine", () => location.reload());
}

for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
