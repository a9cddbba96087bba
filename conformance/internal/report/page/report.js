// The page is whole without this script, which adds the filter, the copy buttons and printing with evidence unfolded.
"use strict";

const clauses = [...document.querySelectorAll("details.clause")];
const groups = [...document.querySelectorAll(".group")];
const filters = document.querySelector(".filters");

filters.hidden = false;
filters.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  show(button.dataset.filter);
});

// show lists the clauses of one outcome, or all for "".
function show(outcome) {
  for (const button of filters.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.filter === outcome));
  }
  for (const clause of clauses) clause.hidden = outcome !== "" && clause.dataset.outcome !== outcome;
  for (const group of groups) group.hidden = !group.querySelector("details.clause:not([hidden])");
  const shown = clauses.filter((clause) => !clause.hidden).length;
  say(`${shown} of ${clauses.length} clauses shown`);
}

// say tells a screen reader what just happened.
function say(text) { document.getElementById("said").textContent = text; }

// A link to a clause leads to it whatever the filter is, and unfolds it.
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.hidden || target.closest("[hidden]")) show("");
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}
window.addEventListener("hashchange", reveal);
reveal();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    const copied = await copy(code);
    button.textContent = copied ? "Copied" : "Selected";
    say(button.textContent);
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// copy selects the text when the browser lets no page write to the clipboard.
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}

let folded = [];
window.addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll(".wrong details:not([open]), .accounts details:not([open])")];
  for (const details of folded) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
