// Blocked addresses.
import { get, post, put, remove } from './api.js';
import { byId, el, keyed, onClick, onConfirmed, onSubmit, removeButton, shows } from './dom.js';

// blocked wires the section and returns its refresh.
export function blocked() {
  const refresh = async () => {
    const list = await get('blocked');
    byId('blocked-count').textContent = list.length;
    shows(byId('blocked'), list);
    keyed(byId('blocked-list'), list, (entry) => entry, item);
  };

  const item = (entry) => el('li', {}, el('code', { class: 'what' }, entry), removeButton(entry, async () => {
    await put('blocked', (await get('blocked')).filter((other) => other !== entry));
    await refresh();
    return `${entry} is no longer blocked.`;
  }));

  onSubmit(byId('blocked-form'), async () => {
    const address = byId('blocked-address');
    const entry = address.value.trim();
    await post('blocked', [entry]);
    address.value = '';
    await refresh();
    return `${entry} is blocked.`;
  });
  onClick(byId('block-me'), async () => {
    await post('blocked', ['caller']);
    await refresh();
    return 'Your address is blocked: your next request gets 403.';
  });
  onClick(byId('unblock-me'), async () => {
    // The provider state lifts whatever entry covers the caller, a CIDR as well.
    await post('provider-states', { state: "the caller's IP address is not blocked", params: {}, action: 'setup' });
    await refresh();
    return 'Your address is not blocked.';
  });
  const question = 'Remove all blocked addresses? Nobody is blocked then.';
  onConfirmed(byId('blocked-clear'), question, 'Remove all', async () => {
    await remove('blocked');
    await refresh();
    return 'No address is blocked.';
  });
  return refresh;
}
