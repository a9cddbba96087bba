// The event stream: what happens in the mock, as it happens.
import { send, signIn, signInFromURL } from './api.js';
import { byId, onSubmit, say } from './dom.js';

const retryAfter = 1000; // milliseconds

// live keeps the stream of server-sent events open and calls, by name, the handlers it is given: opened (also after
// every interruption), request, skipped, state. A hidden tab closes its stream, because a browser allows a server six
// connections in all; it catches up when it is shown again.
export function live(handlers) {
  let stream = new AbortController();
  let timer;

  const close = () => {
    clearTimeout(timer);
    stream.abort();
  };
  const open = async () => {
    close();
    const { signal } = stream = new AbortController();
    try {
      // Not an EventSource, which cannot send the header Authorization.
      const response = await send('GET', 'events', undefined, signal);
      show('live');
      handlers.opened();
      await dispatch(response.body, handlers);
      show('lost');
    } catch (error) {
      if (!signal.aborted) show(error.status === 401 ? 'locked' : 'lost');
    }
    if (!signal.aborted) timer = setTimeout(open, retryAfter);
  };

  if (signInFromURL()) say(byId('locked'), 'This is not the token of this server.', true);
  onSubmit(byId('locked-form'), () => signIn(byId('locked-token').value));
  byId('retry').addEventListener('click', open);
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  open();
}

// dispatch calls a handler for every event in the body (HTML standard, section 9.2.6), as far as the server uses the
// format: lines end in \n, and an event has one line of data.
async function dispatch(body, handlers) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop();
    for (const event of events) {
      const { event: name, data } = Object.fromEntries(event.split('\n').map((line) => line.split(/: (.*)/s)));
      // In a task of its own, where an error is one of the page and not of the stream.
      if (handlers[name]) queueMicrotask(() => handlers[name](JSON.parse(data)));
    }
  }
}

const states = { live: 'live', lost: 'connection lost', locked: 'token needed' };

function show(state) {
  const status = byId('connection');
  status.dataset.state = state;
  status.textContent = states[state];
  byId('lost').hidden = state !== 'lost';
  byId('locked').hidden = state !== 'locked';
  for (const node of [document.querySelector('main'), byId('sections'), byId('reset')]) {
    node.hidden = state === 'locked';
  }
}
