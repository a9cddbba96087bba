// Small helpers for building and changing the page. Data only ever becomes text nodes and attributes, never markup: a
// name is whatever a caller sent.

export const byId = (id) => document.getElementById(id);

// el('button', {type: 'button', click: remove}, 'Remove'): functions become listeners, other values attributes.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// nameText shows a name so that it cannot turn the text around it (bdi), and says so when there is none.
export function nameText(name) {
  return name === '' ? el('i', {}, 'no name') : el('bdi', { translate: 'no' }, name);
}

// keyed makes list's items match items, keeping the nodes of keys that stay, so that focus and open details survive.
// When the focused item goes, focus moves to its neighbour, or to the section's heading when the list is empty. A note
// that follows the list with the attribute hidden is there for when it is empty.
export function keyed(list, items, keyOf, build) {
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const focused = [...list.children].findIndex((node) => node.contains(document.activeElement));
  const nodes = items.map((item) => {
    const key = String(keyOf(item));
    const node = old.get(key) ?? build(item);
    node.dataset.key = key;
    return node;
  });
  const keep = new Set(nodes);
  for (const node of old.values()) if (!keep.has(node)) node.remove();
  nodes.forEach((node, i) => {
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
  const whenEmpty = list.nextElementSibling;
  if (whenEmpty?.matches('.note:not([id])')) whenEmpty.hidden = nodes.length > 0;
  if (focused >= 0 && !list.contains(document.activeElement)) {
    const neighbour = list.children[Math.min(focused, nodes.length - 1)];
    (neighbour?.querySelector('button, a, summary') ?? list.closest('section').querySelector('h2')).focus();
  }
}

// options fills a select, keeping what was chosen.
export function options(select, choices) {
  const wanted = choices.map(({ value, text }) => `${value}\n${text}`).join('\n');
  if (select.dataset.choices === wanted) return;
  const chosen = select.value;
  select.replaceChildren(...choices.map(({ value, text }) => el('option', { value }, text)));
  if (choices.some(({ value }) => value === chosen)) select.value = chosen;
  select.dataset.choices = wanted;
}

const messagePlaces = 'section, header, footer, .banner';

// act runs work for a control inside a section, and shows in that section what it returned, or why it failed. What
// earlier work has said is over then, wherever on the page it stands.
export async function act(control, work) {
  const section = control.closest(messagePlaces);
  say(section, '');
  for (const message of document.querySelectorAll('.message:not(.error)')) message.textContent = '';
  try {
    say(section, (await work()) ?? '');
  } catch (error) {
    say(section, error.message, true);
  }
}

// say shows a message in a section, to screen readers too.
export function say(section, text, failed = false) {
  const message = section.querySelector('.message');
  message.classList.toggle('error', failed);
  // The server's errors begin small, as errors do that others quote.
  message.textContent = failed ? text.replace(/^[a-z]/, (letter) => letter.toUpperCase()) : text;
}

// An error is about what was typed, and goes when that changes.
document.addEventListener('input', ({ target }) => {
  const section = target.closest(messagePlaces);
  if (section?.querySelector('.message')?.matches('.error')) say(section, '');
});

const shown = new WeakMap(); // what a section shows, as JSON

// shows notes what a section shows now, and when that has changed, that its message is out of date.
export function shows(section, data) {
  const now = JSON.stringify(data);
  const before = shown.get(section);
  shown.set(section, now);
  if (before !== undefined && before !== now) outdate(section);
}

// outdate takes away a section's message, and that of the whole page. An error stays: it is about what was typed.
export function outdate(section) {
  for (const place of [section, document.querySelector('header')]) {
    if (!place.querySelector('.message').matches('.error')) say(place, '');
  }
}

// onClick and onSubmit run work through act; a second click while the first is still at work does nothing.
export function onClick(button, work) {
  button.addEventListener('click', once(() => act(button, work)));
}

export function onSubmit(form, work) {
  const send = once(() => act(form, work));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
}

// onConfirmed asks before it runs work, which cannot be undone.
export function onConfirmed(button, question, yes, work) {
  const run = once(() => act(button, work));
  button.addEventListener('click', async () => {
    if (await confirmed(question, yes)) run();
  });
}

function once(work) {
  let busy = false;
  return async () => {
    if (busy) return;
    busy = true;
    try {
      await work();
    } finally {
      busy = false;
    }
  };
}

// confirmed shows a question; afterwards focus goes back to where it was.
function confirmed(question, yes) {
  byId('confirm-question').textContent = question;
  byId('confirm-yes').textContent = yes;
  dialog.showModal();
  return new Promise((resolve) => {
    answer = resolve;
  });
}

const dialog = byId('confirm');
let answer; // resolves the question that was asked last; doing so twice changes nothing

byId('confirm-yes').addEventListener('click', () => {
  answer(true);
  dialog.close();
});
byId('confirm-no').addEventListener('click', () => dialog.close());
// However it was closed, with Escape too. The event comes later, when the next question may be open already.
dialog.addEventListener('close', () => {
  if (!dialog.open) answer(false);
});

// copy puts the text of node on the clipboard. Browsers allow that on https and localhost only; elsewhere the text is
// selected.
export async function copy(node) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(node.textContent);
    return 'Copied.';
  }
  getSelection().selectAllChildren(node);
  return 'Selected: press Ctrl+C or ⌘C to copy.';
}

export const removeButton = (what, work) => {
  const button = el('button', { type: 'button', class: 'small', 'aria-label': `Remove ${what}` }, 'Remove');
  onClick(button, work);
  return button;
};

// throttled runs work at once, and then at most once in every interval (milliseconds) however often it is asked.
export function throttled(work, interval) {
  let resting = false;
  let asked = false;
  const run = async () => {
    resting = true;
    asked = false;
    await Promise.allSettled([work(), new Promise((resolve) => setTimeout(resolve, interval))]);
    resting = false;
    if (asked) run();
  };
  return () => {
    if (resting) asked = true;
    else run();
  };
}
