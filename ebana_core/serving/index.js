"use strict";
// The list of runs, asked for again and again. All names are put in as text.
const rows = document.getElementById("runs");
const state = document.getElementById("state");
const button = document.getElementById("compare");
const chosen = new Set();

const titles = [...document.querySelectorAll("thead th")].map(title => title.textContent);

function cell(row, content) {
  const place = row.insertCell();
  place.dataset.label = titles[row.cells.length - 1];
  place.append(content);
  return place;
}

function number(value, digits) {
  return value === null || value === undefined ? "" : value.toPrecision(digits);
}

function share(value) {
  return value === null || value === undefined ? "" : `${(100 * value).toFixed(1)}%`;
}

function box(name) {
  const input = document.createElement("input");
  input.type = "checkbox";
  input.checked = chosen.has(name);
  input.setAttribute("aria-label", `compare ${name}`);
  input.addEventListener("change", () => {
    if (input.checked) chosen.add(name); else chosen.delete(name);
    button.disabled = chosen.size < 2;
  });
  return input;
}

function link(name) {
  const anchor = document.createElement("a");
  anchor.href = `/run?run=${encodeURIComponent(name)}`;
  anchor.textContent = name;
  return anchor;
}

function show(runs) {
  const focused = document.activeElement?.getAttribute?.("aria-label");
  rows.replaceChildren();
  for (const run of runs) {
    const row = rows.insertRow();
    const readable = run.error === undefined;
    cell(row, readable ? box(run.run) : "");
    cell(row, readable ? link(run.run) : run.run);
    if (!readable) {
      cell(row, `cannot be read: ${run.error}`).colSpan = 6;
      continue;
    }
    cell(row, run.status);
    cell(row, run.wanted ? `${run.epochs} of ${run.wanted}` : String(run.epochs));
    cell(row, number(run.train_loss, 4));
    cell(row, share(run.train_accuracy));
    cell(row, share(run.validation_accuracy));
    cell(row, new Date(1000 * run.changed).toLocaleString());
  }
  if (focused) rows.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  state.textContent = runs.length ? `${runs.length} run${runs.length > 1 ? "s" : ""}` : "no runs yet";
}

async function look() {
  try {
    show(await (await fetch("/runs.json")).json());
  } catch {
    state.textContent = "the server does not answer";
  }
  setTimeout(look, 2000);
}

button.addEventListener("click", () => {
  const asked = [...chosen].map(name => `run=${encodeURIComponent(name)}`);
  location.href = `/compare?${asked.join("&")}`;
});
look();
