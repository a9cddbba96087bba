// Names in use.
import { post, remove, send } from './api.js';
import { byId, el, keyed, nameText, onClick, onConfirmed, onSubmit, removeButton, shows } from './dom.js';

const page = 50;
const count = new Intl.NumberFormat();

// accounts wires the section and returns its refresh.
export function accounts() {
  let limit = page;

  const refresh = async () => {
    const response = await send('GET', `accounts?limit=${limit}`);
    const list = await response.json();
    const total = Number(response.headers.get('Mock-Total') ?? list.length);
    byId('accounts-count').textContent = count.format(total);
    byId('accounts-note').textContent = total === 0 ? 'No name is in use.' :
      total > list.length ? `Showing the newest ${count.format(list.length)} of ${count.format(total)}.` : '';
    byId('accounts-more').hidden = total <= list.length;
    shows(byId('accounts'), [total, list]);
    keyed(byId('accounts-list'), list, ({ name, privacy }) => `${name}\n${privacy}`, item);
  };

  const item = ({ name, privacy }) => el('li', {},
    el('span', { class: 'what' }, nameText(name)), el('span', { class: 'quiet' }, privacy),
    removeButton(name, async () => {
      // In the query, because "." and ".." cannot be a segment of a URL's path.
      await remove(`accounts?name=${encodeURIComponent(name)}`);
      await refresh();
      return 'Removed: the name is free again.';
    }));

  onSubmit(byId('accounts-form'), async () => {
    const name = byId('accounts-name');
    await post('accounts', [{ name: name.value, privacy: byId('accounts-privacy').value }]);
    name.value = '';
    name.focus();
    await refresh();
    return 'Added.';
  });
  const question = 'Remove all names in use? Every name is free then.';
  onConfirmed(byId('accounts-clear'), question, 'Remove all names', async () => {
    await remove('accounts');
    await refresh();
    return 'All names removed.';
  });
  onClick(byId('accounts-more'), async () => {
    limit += page;
    await refresh();
  });
  return refresh;
}
