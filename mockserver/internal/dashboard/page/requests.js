// The log of requests. It holds the newest rows only, draws a few times a second, and when more come in than anyone
// could read it draws a sample and says so; once things calm down it reads what it left out from the journal.
import { get, remove } from './api.js';
import { act, byId, el, keyed, nameText, onClick, onConfirmed, outdate } from './dom.js';
import { badge } from './tryit.js';

const maxRows = 200;
const maxPerDraw = 50;
const drawEvery = 100; // milliseconds
const calmAfter = 1000; // milliseconds without a request

const count = new Intl.NumberFormat();

// requests wires the section. refresh reads it anew; opened, request and skipped are the handlers of the event stream.
export function requests(contract) {
  const list = byId('requests-list');
  let lastId = 0; // of the newest request known
  let total = 0; // matching requests known of, drawn or not
  let fresh = []; // waiting to be drawn, oldest first
  let sampled = false;
  let complete = true; // whether the journal still holds everything
  let paused = false;
  let since = 0; // requests since the pause
  let filter = { contains: '', status: '' };
  let drawing = false;
  let loads = 0;
  let streamed = []; // what the stream told since the last load began, the newest, oldest first
  let skipped = false; // whether some of that is left out
  let calm;

  byId('filter-status').append(
    ...[...contract.answers.map(({ status }) => status), 204, 404, 405, 503].map((status) =>
      el('option', { value: status }, String(status))),
    el('option', { value: 0 }, 'no answer'));

  const filtering = () => filter.contains !== '' || filter.status !== '';
  const matches = ({ name, status }) =>
    name.toLowerCase().includes(filter.contains.toLowerCase()) &&
    (filter.status === '' || String(status) === filter.status);

  // load replaces the rows by what the journal holds; of several at once the last counts. What the stream told while
  // the answer was on its way may be missing in it, and is drawn on top.
  const load = async () => {
    const turn = ++loads;
    streamed = [];
    skipped = false;
    const query = new URLSearchParams({ limit: maxRows });
    for (const [key, value] of Object.entries(filter)) if (value !== '') query.set(key, value);
    const answer = await get(`requests?${query}`);
    if (turn !== loads) return;
    const newest = answer.requests.at(-1)?.id ?? 0;
    fresh = streamed.filter(({ id }) => id > newest);
    lastId = fresh.at(-1)?.id ?? newest;
    total = answer.total + fresh.length;
    complete = answer.complete;
    since = 0;
    sampled = skipped;
    keyed(list, answer.requests.toReversed(), ({ id }) => id, row);
    caption();
    if (fresh.length > 0 || sampled) arrived(0);
  };

  const draw = () => {
    drawing = false;
    if (paused) {
      caption();
      return;
    }
    if (fresh.length > maxPerDraw) sampled = true;
    list.prepend(...fresh.slice(-maxPerDraw).reverse().map(row));
    fresh = [];
    // A row that somebody opened or stands on stays as long as that.
    for (let node = list.lastElementChild, over = list.children.length - maxRows; node && over > 0;) {
      const previous = node.previousElementSibling;
      if (!node.firstElementChild.open && !node.contains(document.activeElement)) {
        node.remove();
        over--;
      }
      node = previous;
    }
    caption();
  };

  const drawSoon = () => {
    if (drawing) return;
    drawing = true;
    setTimeout(draw, drawEvery);
  };

  // arrived notes n requests; when sampling ends, the journal fills the gaps.
  const arrived = (n) => {
    outdate(byId('requests'));
    if (paused) since += n;
    clearTimeout(calm);
    calm = setTimeout(() => {
      if (sampled && !paused) load().catch(() => {}); // the banner tells, and the stream reads all of it again
    }, calmAfter);
    drawSoon();
  };

  const caption = () => {
    const shown = list.children.length;
    const matching = filtering() ? 'matching ' : '';
    const what = `${matching}${total === 1 ? 'request' : 'requests'}`;
    let text = `Showing ${count.format(shown)} of ${count.format(total)} ${what}`;
    if (total === 0) text = `No ${what} yet`;
    else if (shown >= total) text = `${count.format(total)} ${what}`;
    if (sampled) text += '; sampled, because more came in than can be drawn';
    if (paused) text += `; paused, ${count.format(since)} more since`;
    if (!complete) text += '; the journal is full and has dropped the oldest';
    byId('requests-count').textContent = `${text}.`;
  };

  onClick(byId('pause'), async () => {
    paused = !paused;
    byId('pause').setAttribute('aria-pressed', paused);
    byId('pause').textContent = paused ? 'Resume' : 'Pause';
    if (paused) caption();
    else await load();
  });
  const question = 'Clear the log of requests? Names and settings stay.';
  onConfirmed(byId('requests-clear'), question, 'Clear the log', async () => {
    await remove('requests');
    await load();
    return 'The log is cleared.';
  });
  const filterBy = (contains, status) => act(list, async () => {
    filter = { contains, status };
    byId('filter-off').hidden = !filtering();
    await load();
  });
  byId('filter').addEventListener('input', () => filterBy(byId('filter-contains').value, byId('filter-status').value));
  byId('filter').addEventListener('submit', (event) => event.preventDefault());
  byId('filter').addEventListener('reset', () => {
    byId('filter-contains').focus();
    filterBy('', '');
  });

  return {
    // A stream that opens may be that of another journal, whose ids begin anew: the server was started again, or the
    // space made again. What is still on its way is of the old one, and is read anew unless the log is paused.
    opened() {
      if (!paused) loads++;
      streamed = [];
      lastId = 0;
    },
    refresh: async () => {
      if (!paused) await load();
    },
    request(request) {
      if (request.id <= lastId) return; // the journal had it already
      lastId = request.id;
      if (!matches(request)) return;
      total++;
      fresh.push(request);
      if (fresh.length > maxRows) {
        fresh.shift();
        sampled = true;
      }
      streamed.push(request);
      if (streamed.length > maxRows) {
        streamed.shift();
        skipped = true;
      }
      arrived(1);
    },
    skipped({ count: n }) {
      sampled = skipped = true;
      if (!filtering()) total += n; // of the others nobody knows yet
      arrived(n);
    },
  };
}

const clock = new Intl.DateTimeFormat([], {
  hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
});

// row is one request: a line that opens to everything known about it.
function row(request) {
  const details = el('details', {},
    el('summary', {},
      badge(request.status),
      el('span', { class: 'name' }, subject(request)),
      el('span', { class: 'why' }, why(request)),
      el('time', { datetime: request.time }, clock.format(new Date(request.time)))));
  details.addEventListener('toggle', () => details.append(facts(request)), { once: true });
  const item = el('li', {}, details);
  item.dataset.key = request.id;
  return item;
}

// subject is the name that a request was about, or else the request itself.
const aboutNoName = new Set(['other-path', 'other-method', 'no-space', 'preflight']);
const subject = ({ name, rule, method, path }) =>
  name === '' && aboutNoName.has(rule) ? el('code', {}, `${method} ${path}`) : nameText(name);

function facts(request) {
  const list = el('dl');
  const fact = (term, ...description) => list.append(el('dt', {}, term), el('dd', {}, ...description));
  fact('Request', el('code', {}, `${request.method} ${request.path}`));
  fact('Username', nameText(request.name));
  fact('Privacy', request.privacy === '' ? el('i', {}, 'none') : el('bdi', {}, request.privacy));
  fact('Why', el('code', {}, request.rule), request.detail ? `: ${request.detail}` : '');
  if (request.fault) fact('Fault', el('code', {}, request.fault));
  fact('Caller', el('code', {}, request.caller));
  fact('Time', el('time', {}, request.time));
  fact('Took', `${request.duration_ms.toFixed(3)} ms`);
  fact('Number', String(request.id));
  if (request.headers) {
    const lines = Object.entries(request.headers).flatMap(([name, values]) =>
      [values].flat().map((value) => `${name}: ${value}`));
    fact('Headers', el('pre', {}, el('code', {}, lines.join('\n'))));
  }
  return list;
}

// What a rule means, where the server has nothing more exact to tell.
const rules = {
  created: 'the name was free',
  'invalid-username': 'the Username is not valid',
  'invalid-privacy': 'the Privacy is not accepted',
  blocked: "the caller's address is blocked",
  conflict: 'the name is in use',
  forced: 'this answer was asked for',
  'other-path': 'no such path',
  'no-space': 'there is no space for it',
  preflight: 'a browser asked whether a page may send its request',
  'other-method': 'not a POST',
  full: 'no room for another name',
  'bad-force': 'asked for an answer that is not documented',
  fault: 'kept from the endpoint',
  'client-gone': 'the client went away',
};

const why = ({ rule, detail, fault }) => `${detail || (rules[rule] ?? rule)}${fault ? ` · fault ${fault}` : ''}`;
