// The try-it form: a real request to the endpoint, and the same request as snippets.
import { byId, copy, el, onClick, onSubmit, options } from './dom.js';
import { headerValue, snippets } from './snippets.js';

const omitted = 'omitted';
const other = 'other';

// tryIt wires the form. contract tells the documented answers and the path of the endpoint.
export function tryIt(contract) {
  let url = '';

  byId('try-prefer').append(...contract.answers.map(({ status, reason }) =>
    el('option', { value: status }, `force ${status} ${reason}`)));

  const headers = () => {
    const list = [['Username', byId('try-username').value]];
    const privacy = byId('try-privacy').value;
    if (privacy === other) list.push(['Privacy', byId('try-other').value]);
    else if (privacy !== omitted) list.push(['Privacy', privacy.slice('='.length)]);
    const prefer = byId('try-prefer').value;
    if (prefer) list.push(['Prefer', `code=${prefer}`]);
    return list;
  };

  const update = () => {
    byId('try-other-field').hidden = byId('try-privacy').value !== other;
    const kind = document.querySelector('input[name=snippet]:checked').value;
    byId('snippet').textContent = snippets[kind](url, headers());
    byId('try-send').disabled = url === '' || byId('try-privacy').length === 0; // until both are known
  };
  byId('try').addEventListener('input', update);

  onSubmit(byId('try-form'), async () => {
    const answer = byId('try-answer');
    answer.replaceChildren(el('p', { class: 'note' }, 'Waiting for the answer…'));
    answer.replaceChildren(...await request(url, headers()));
  });
  onClick(byId('snippet-copy'), () => copy(byId('snippet')));

  return {
    setBase(base) {
      url = base + contract.users_path;
      update();
    },
    setPrivacy(settings) {
      options(byId('try-privacy'), [
        { value: omitted, text: 'left out' },
        ...settings.map((setting) => ({ value: `=${setting}`, text: setting })),
        { value: other, text: 'another…' },
      ]);
      update();
    },
  };
}

async function request(url, headers) {
  const started = performance.now();
  const took = () => el('span', { class: 'took' }, `${(performance.now() - started).toFixed(1)} ms`);
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      cache: 'no-store',
      headers: headers.map(([name, value]) => [name, headerValue(value)]),
    });
    const body = await response.text();
    return [
      el('p', {}, badge(response.status), ' ', took()),
      el('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': 'Body' }, el('code', {}, body)),
    ];
  } catch (error) {
    const what = response ? `Status ${response.status}, but its body broke off` : 'No answer';
    const hint = 'A fault may have been at work; the requests below tell.';
    return [el('p', { class: 'error' }, `${what}: ${error.message}. ${hint}`), took()];
  }
}

// badge shows a status in its colour.
export const badge = (status) =>
  el('span', { class: 'status', 'data-status': status }, status === 0 ? 'none' : String(status));
