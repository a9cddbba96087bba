// Which documented answers the client has met.
import { get, remove } from './api.js';
import { byId, el, onConfirmed } from './dom.js';

// coverage shows a tile for each documented answer, and refreshes it from the server.
export function coverage(contract) {
  const count = new Intl.NumberFormat();
  const tiles = new Map(contract.answers.map(({ status, reason, when }) => {
    const met = el('span', { class: 'met' });
    const tile = el('li', { 'data-status': status },
      el('strong', {}, String(status)), el('span', { class: 'reason' }, reason), met,
      el('span', { class: 'when' }, when));
    return [status, { tile, met }];
  }));
  byId('coverage-answers').append(...[...tiles.values()].map(({ tile }) => tile));

  const refresh = async () => {
    const { answers, other } = await get('coverage');
    for (const [status, { tile, met }] of tiles) {
      const times = answers[status] ?? 0;
      tile.classList.toggle('missing', times === 0);
      met.textContent = times === 0 ? 'not met yet' : `met ${count.format(times)}×`;
    }
    const others = Object.entries(other ?? {}).filter(([, times]) => times > 0);
    byId('coverage-note').textContent = others.length === 0 ? '' :
      `Also answered: ${others.map(([status, times]) => `${status} ${count.format(times)}×`).join(', ')}.`;
  };

  const question = 'Count the documented answers from zero? ' +
    'A reset does not do that, so that a test run counts as a whole.';
  onConfirmed(byId('coverage-clear'), question, 'Count anew', async () => {
    await remove('coverage');
    await refresh();
  });
  return refresh;
}
