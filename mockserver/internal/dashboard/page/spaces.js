// Spaces: mocks of their own under /~name.
import { get, remove } from './api.js';
import { byId, el, keyed, onConfirmed, onSubmit, shows } from './dom.js';

// The page's own path is ROOT/__mock/ or ROOT/~SPACE/__mock/; ROOT is empty unless the mock is mounted below a path.
const [, root, current] = location.pathname.match(/^(.*?)(?:\/~([^/]+))?\/__mock\/$/) ?? [null, '', undefined];
const pageOf = (space) => `${root}/~${encodeURIComponent(space)}/__mock/`;

// spaces wires the section and returns its refresh.
export function spaces() {
  if (current !== undefined) {
    const name = decodeURIComponent(current);
    document.title = `${name} · ${document.title}`;
    byId('space').hidden = false;
    byId('space').append('space ', el('strong', {}, el('bdi', {}, name)), ' · ',
      el('a', { href: `${root}/__mock/` }, 'to the main mock'));
  }

  const refresh = async () => {
    const list = await get('spaces');
    shows(byId('spaces'), list);
    keyed(byId('spaces-list'), list, ({ space, accounts, requests }) => `${space}\n${accounts}\n${requests}`, item);
  };

  const item = ({ space, accounts, requests }) => {
    const button = el('button', { type: 'button', class: 'small', 'aria-label': `Delete space ${space}` }, 'Delete…');
    onConfirmed(button, `Delete the space ${space} with all that is in it?`, 'Delete the space', async () => {
      await remove(`spaces/${encodeURIComponent(space)}`);
      await refresh();
      return `The space ${space} is deleted.`;
    });
    return el('li', {},
      el('a', { class: 'what', href: pageOf(space) }, el('bdi', {}, space)),
      el('span', { class: 'quiet' }, `${plural(accounts, 'name')}, ${plural(requests, 'request')}`),
      button);
  };

  onSubmit(byId('spaces-form'), async () => {
    const space = byId('spaces-name').value.trim();
    await get(`${pageOf(space)}behaviour`); // an error is a refused name, and shows beside the field
    location.assign(pageOf(space));
  });

  return refresh;
}

const plural = (n, thing) => `${n} ${thing}${n === 1 ? '' : 's'}`;
