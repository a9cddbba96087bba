// Somebody's mock of no known kind.
const names = new Set();

export function mock(method, path, headers) {
  if (method !== 'POST' || path !== '/connectmypairs/users/') return { status: 404, body: {} };
  const name = headers.get('Username') ?? '';
  const privacy = headers.get('Privacy') ?? 'Public';
  if (!name) return { status: 400, body: { name, privacy, code: '400', description: 'Username was invalid' } };
  if (!['Public', 'Private'].includes(privacy)) {
    return { status: 400, body: { name, privacy, code: '400', description: 'Privacy was invalid' } };
  }
  if (names.has(name)) return { status: 409, body: { name, code: 409 } };
  names.add(name);
  return { status: 201, body: { name, privacy } };
}
