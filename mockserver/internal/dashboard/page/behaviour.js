// Forced next answers, latency, faults and assumptions: all of it is one object of the control API.
import { get, put } from './api.js';
import { act, byId, el, keyed, onSubmit, options, removeButton, shows } from './dom.js';

const faultTexts = {
  reset: 'The connection is reset before the request has any effect. Vite\'s proxy turns this into a 500.',
  'drop-after-commit': 'The account is made, but its answer is lost: a retry meets 409. ' +
    'Vite\'s proxy turns this into a 500.',
  truncate: 'The connection closes in the middle of the body.',
  malformed: 'The body is not JSON.',
  'slow-body': 'The body comes in pieces, with pauses.',
  unavailable: '503 with Retry-After; the request has no effect.',
};

// behaviour wires the sections and returns their refresh. It calls privacy with the accepted settings whenever it reads
// them.
export function behaviour(contract, privacy) {
  // The lists count down as requests come in, so a change starts from what is in force now.
  const change = async (make) => {
    show(await put('behaviour', make(await get('behaviour'))));
  };

  options(byId('forced-status'), contract.answers.map(({ status, reason }) =>
    ({ value: String(status), text: `${status} ${reason}` })));
  options(byId('fault'), contract.faults.map((fault) => ({ value: fault, text: fault })));
  const explain = () => {
    byId('fault-text').textContent = faultTexts[byId('fault').value];
  };
  byId('fault').addEventListener('input', explain);
  explain();
  byId('fault-when').addEventListener('input', () => {
    const rate = byId('fault-when').value === 'rate';
    const amount = byId('fault-amount');
    [amount.value, amount.min, amount.step] = rate ? ['0.5', '0', 'any'] : ['1', '1', '1'];
    amount.max = rate ? '1' : '';
    byId('fault-amount-label').textContent = rate ? 'Rate, 0 to 1' : 'How many';
  });

  onSubmit(byId('forced-form'), async () => {
    const entry = { status: Number(byId('forced-status').value), next: Number(byId('forced-next').value) };
    await change((now) => ({ forced: [...now.forced, entry] }));
    return `Forced: ${forcedText(entry)}.`;
  });
  onSubmit(byId('latency-form'), async () => {
    const latency = byId('latency').value.trim();
    await change(() => ({ latency }));
    return `Every answer takes ${latency} longer.`;
  });
  onSubmit(byId('seed-form'), async () => {
    const seed = Number(byId('seed').value);
    await change(() => ({ seed }));
    return `From now on, latency and faults are drawn with the seed ${seed}.`;
  });
  onSubmit(byId('faults-form'), async () => {
    const amount = Number(byId('fault-amount').value);
    const entry = { fault: byId('fault').value, [byId('fault-when').value]: amount };
    await change((now) => ({ faults: [...now.faults, entry] }));
    return `Added: ${faultText(entry)}.`;
  });

  // list shows the entries of a member. Its items are keyed by place and content, and made anew when either changes.
  const list = (member, textOf, entries) => keyed(byId(`${member}-list`),
    entries.map((entry, i) => ({ text: textOf(entry), i })), ({ text, i }) => `${i} ${text}`,
    ({ text, i }) => el('li', {}, el('span', { class: 'what' }, text), removeButton(text, async () => {
      await change((now) => ({ [member]: now[member].toSpliced(i, 1) }));
      return 'Removed.';
    })));

  const showAssumptions = assumptions(contract, change);

  const show = (now) => {
    shows(byId('forced'), now.forced);
    shows(byId('faults'), [now.faults, now.latency, now.seed]);
    shows(byId('assumptions'), [now.assumptions, now.privacy]);
    list('forced', forcedText, now.forced);
    list('faults', faultText, now.faults);
    fill(byId('latency'), now.latency);
    fill(byId('seed'), String(now.seed));
    showAssumptions(now);
    privacy(now.privacy);
  };
  return async () => show(await get('behaviour'));
}

const requests = (next) => (next === 1 ? 'the next request' : `the next ${next} requests`);
const forcedText = ({ status, next }) => `${status} for ${requests(next)}`;
const faultText = ({ fault, rate, next }) => `${fault}, ${next ? requests(next) : `rate ${rate} (0 to 1)`}`;

// fill shows the value in force in a field when it has changed; what somebody has typed but not sent yet stays.
function fill(field, value) {
  if (field.dataset.inForce === value || document.activeElement === field && field.localName === 'input') return;
  field.dataset.inForce = value;
  field.value = value;
}

// assumptions builds a control for each assumption and one for the accepted privacy settings. A choice takes effect
// when it is made; typed values have a button.
function assumptions(contract, change) {
  const list = byId('assumptions-list');
  const fields = new Map();

  for (const { id, text, kind, values, default: preset } of contract.assumptions) {
    const set = async (value) => {
      await change((now) => ({ assumptions: { ...now.assumptions, [id]: value } }));
      return `${id} is now ${value === '' ? 'empty' : value}.`;
    };
    const field = kind === 'choice' ? el('select', { id: `assume-${id}` },
      ...values.map(({ value, text: meaning }) => el('option', { value }, `${value}: ${meaning}`))) :
      el('input', {
        id: `assume-${id}`,
        ...(kind === 'integer' ? { type: 'number', min: '0' } : { spellcheck: 'false' }),
      });
    list.append(row(field, id, `${text[0].toUpperCase()}${text.slice(1)}`, kind !== 'choice', set));
    fields.set(id, { field, preset });
  }

  const privacy = el('input', { id: 'assume-privacy', spellcheck: 'false' });
  list.append(row(privacy, 'privacy', 'Accepted privacy settings, separated by commas', true, async (value) => {
    await change(() => ({ privacy: value.split(',').map((setting) => setting.trim()).filter(Boolean) }));
    return 'Accepted privacy settings changed.';
  }));

  return (now) => {
    for (const [id, { field, preset }] of fields) {
      const value = now.assumptions[id] ?? preset;
      fill(field, value);
      field.closest('li').classList.toggle('changed', value !== preset);
    }
    fill(privacy, now.privacy.join(', '));
  };
}

function row(field, id, text, typed, set) {
  const label = el('label', { for: field.id }, text, ' ', el('code', { class: 'id' }, id));
  const form = el('form', { class: 'fields', autocomplete: 'off' }, field);
  if (typed) {
    form.append(el('button', { 'aria-label': `Set ${id}` }, 'Set'));
    onSubmit(form, () => set(field.value));
  } else {
    field.addEventListener('change', () => act(field, async () => {
      try {
        return await set(field.value);
      } catch (error) {
        field.value = field.dataset.inForce;
        throw error;
      }
    }));
  }
  return el('li', {}, label, form);
}
