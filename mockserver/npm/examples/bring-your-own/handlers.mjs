// A team's own handlers for MSW, as one finds them: written from the page, and kept in memory.
import { http, HttpResponse } from 'msw';

const names = new Set();
let blocked = false;

export const handlers = [
  http.post('https://api.clicksminuteper.net/connectmypairs/users/', ({ request }) => {
    const name = request.headers.get('Username') ?? '';
    const privacy = request.headers.get('Privacy') ?? 'Public';
    const refuse = (status, body) => HttpResponse.json(body, { status });
    if (blocked) return refuse(403, { description: 'Your IP address was blocked.', code: '403' });
    if (!['Public', 'Private'].includes(privacy)) {
      return refuse(400, { name, privacy, code: '400', description: 'Privacy was invalid' });
    }
    if (!name) return refuse(400, { name, privacy, code: '400', description: 'Username was invalid' });
    if (names.has(name)) return refuse(409, { name, code: '409' });
    names.add(name);
    return HttpResponse.json({ name, privacy }, { status: 201 });
  }),
];

// With this the suite can be a blocked caller, too.
export const setBlocked = (value) => {
  blocked = value;
};
