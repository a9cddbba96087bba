// The page: it reads what the contract documents, then wires each section to the control API and to the event stream.
import { accounts } from './accounts.js';
import { get, post, send } from './api.js';
import { behaviour } from './behaviour.js';
import { blocked } from './blocked.js';
import { coverage } from './coverage.js';
import { act, byId, copy, onClick, onConfirmed, options, say, throttled } from './dom.js';
import { live } from './live.js';
import { requests } from './requests.js';
import { spaces } from './spaces.js';
import { tryIt } from './tryit.js';

const contract = await get('contract.json');
const form = tryIt(contract);

const log = requests(contract);

// What reads a section anew, by the section's id.
const reads = {
  about: async () => {
    const health = await get('health');
    byId('base-url').textContent = health.base_url;
    byId('version').textContent = `${health.service} ${health.version}`;
    form.setBase(health.base_url);
  },
  requests: log.refresh,
  coverage: coverage(contract),
  accounts: accounts(),
  blocked: blocked(),
  faults: behaviour(contract, (privacy) => {
    form.setPrivacy(privacy);
    options(byId('accounts-privacy'), privacy.map((setting) => ({ value: setting, text: setting })));
    byId('accounts-add').disabled = false;
  }),
  spaces: spaces(),
};

// A section is read again when something may have changed it, but not more often than a person can follow.
const section = (id, read) => {
  let failed = false; // whether the section's message is about this
  return throttled(async () => {
    try {
      await read();
      if (failed) say(byId(id), '');
      failed = false;
    } catch (error) {
      if (error.status === 0 || error.status === 401) return; // the banners report it
      failed = true;
      say(byId(id), error.message, true);
    }
  }, 500);
};
const sections = Object.fromEntries(Object.entries(reads).map(([id, read]) => [id, section(id, read)]));
const refresh = () => Object.values(sections).forEach((read) => read());

onClick(byId('base-copy'), () => copy(byId('base-url')));
// A link sends no session, so the page reads what it leads to and shows that.
for (const link of document.querySelectorAll('footer a')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    act(link, async () => {
      const response = await send('GET', link.getAttribute('href'));
      location.assign(URL.createObjectURL(new Blob([await response.text()], { type: 'text/plain; charset=utf-8' })));
    });
  });
}
const resetQuestion = 'Back to the configured state? ' +
  'What was created, blocked, forced or logged since then goes; the answers met stay.';
onConfirmed(byId('reset'), resetQuestion, 'Reset', async () => {
  await post('reset');
  await Promise.all(Object.values(reads).map((read) => read()));
  return 'The mock is back in its configured state.';
});

live({
  opened() {
    log.opened();
    refresh();
  },
  state: refresh,
  request(request) {
    log.request(request);
    changedByRequests();
  },
  skipped(skipped) {
    log.skipped(skipped);
    changedByRequests();
  },
});

function changedByRequests() {
  for (const id of ['coverage', 'accounts', 'faults']) sections[id]();
}

// What happens in other spaces is not in the stream of this one.
setInterval(() => {
  if (!document.hidden) sections.spaces();
}, 2000);
