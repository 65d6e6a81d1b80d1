"use strict";
// Shows a page again once one of its runs has new epochs, at the same place and layer.
const names = new URLSearchParams(location.search).getAll("run");
const told = document.querySelector("header span");
const kept = JSON.parse(sessionStorage.getItem(location.href) ?? "null");
let seen = null;

if (kept !== null) {
  const menu = document.getElementById("layer");
  if (menu && [...menu.options].some(option => option.value === kept.layer)) {
    menu.value = kept.layer;
    menu.dispatchEvent(new Event("change"));
  }
  if (document.documentElement.dataset.theme !== kept.theme) document.getElementById("theme").click();
  scrollTo(0, kept.place);
}

function again() {
  const layer = document.getElementById("layer")?.value ?? "";
  const theme = document.documentElement.dataset.theme;
  sessionStorage.setItem(location.href, JSON.stringify({ layer, theme, place: scrollY }));
  location.reload();
}

async function look() {
  try {
    const runs = (await (await fetch("/runs.json")).json()).filter(run => names.includes(run.run));
    const now = JSON.stringify(runs.map(run => [run.run, run.epochs]));
    if (seen !== null && now !== seen) return again();
    seen = now;
    if (runs.length === 1 && runs[0].error === undefined) told.textContent = `${runs[0].status}, ${runs[0].epochs} epochs, seed ${runs[0].seed}`;
  } catch {
    told.textContent = "the server does not answer";
  }
  setTimeout(look, 2000);
}
look();
