// The event stream: what happens in the mock, as it happens.
import { get, send } from './api.js';
import { byId, onSubmit } from './dom.js';

const retryAfter = 1000; // milliseconds

// live keeps the stream of server-sent events open and calls, by name, the handlers it is given: opened (also after every
// interruption), request, skipped, state. A hidden tab closes its stream, because a browser allows a server six connections
// in all; it catches up when it is shown again.
export function live(handlers) {
  let source;
  let timer;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('events');
    source.addEventListener('open', () => {
      show('live');
      handlers.opened();
    });
    for (const name of ['request', 'skipped', 'state']) {
      source.addEventListener(name, (event) => handlers[name](JSON.parse(event.data)));
    }
    source.addEventListener('error', () => {
      source.close();
      probe();
    });
  };

  // An EventSource does not tell why it failed; an ordinary request does.
  const probe = async () => {
    clearTimeout(timer);
    try {
      await get('requests?limit=1');
    } catch (error) {
      show(error.status === 401 ? 'locked' : 'lost');
      timer = setTimeout(probe, retryAfter);
      return;
    }
    // The API answers, so only the stream ended; when that repeats, it must not become a busy loop.
    show('lost');
    timer = setTimeout(open, retryAfter);
  };

  byId('retry').addEventListener('click', open);
  onSubmit(byId('locked-form'), async () => {
    await send('GET', `?token=${encodeURIComponent(byId('locked-token').value)}`);
    byId('locked-token').value = '';
    open();
  });
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.hidden) source.close();
    else open();
  });
  open();
}

const states = { live: 'live', lost: 'connection lost', locked: 'token needed' };

function show(state) {
  const status = byId('connection');
  status.dataset.state = state;
  status.textContent = states[state];
  byId('lost').hidden = state !== 'lost';
  byId('locked').hidden = state !== 'locked';
  for (const node of [document.querySelector('main'), byId('reset')]) node.hidden = state === 'locked';
}
