// Valid calls, which the types generated from the documents must accept and the server must answer with success. A wrong call,
// marked with @ts-expect-error, must not compile.
import createClient from 'openapi-fetch';
import type { components, paths as Control } from './control.js';
import type { paths as Endpoint } from './endpoint.js';

declare const process: { argv: string[] };
const [, , root, otherRoot] = process.argv as [string, string, string, string];
const endpoint = createClient<Endpoint>({ baseUrl: `${root}/connectmypairs` });

async function must<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data as T;
}

for (const baseUrl of [`${root}/__mock`, `${otherRoot}/__mock`]) {
  const control = createClient<Control>({ baseUrl });
  await must(control.POST('/reset'));
  await must(control.POST('/accounts', { body: [{ name: 'erin' }, { name: 'frank', privacy: 'Private' }] }));
  const accounts = await must(control.GET('/accounts', { params: { query: { limit: 1 } } }));
  const first: string | undefined = accounts[0]?.name;
  await must(control.DELETE('/accounts/{name}', { params: { path: { name: first ?? 'frank' } } }));
  await must(control.DELETE('/accounts'));
  await must(control.PUT('/blocked', { body: ['192.0.2.0/24', 'caller'] }));
  await must(control.DELETE('/blocked'));

  await must(control.PUT('/behaviour', { body: { latency: '1ms', faults: [{ fault: 'reset', rate: 0.5 }] } }));
  const behaviour = await must(control.PUT('/behaviour', { body: { faults: [], forced: [{ status: 409, next: 1 }] } }));
  const all: components['schemas']['Behaviour'] = behaviour;
  const seed: number = all.seed + all.faults.length;
  await must(control.PUT('/behaviour', { body: behaviour }));
  await must(control.PUT('/behaviour', { body: { seed, assumptions: { 'name-comparison': 'fold' } } }));

  const state = 'an account exists';
  await must(control.POST('/provider-states', { body: { state, params: { name: 'grace' } } }));
  await must(control.POST('/provider-states', { body: { state, params: { name: 'grace' }, action: 'teardown' } }));
  await must(control.POST('/provider-states', { body: { state: '' } }));

  const journal = await must(control.GET('/requests', { params: { query: { contains: 'a', status: 201, since: '0' } } }));
  const rules: string[] = journal.requests.map((request) => request.rule);
  const met: number | undefined = (await must(control.GET('/coverage'))).answers['201'];
  void [rules, met];

  // @ts-expect-error: there is no such fault
  const fault: components['schemas']['Fault'] = { fault: 'explode' };
  // @ts-expect-error: a behaviour has all its members
  const part: components['schemas']['Behaviour'] = { latency: '1ms' };
  // @ts-expect-error: an account has a name
  const account: components['schemas']['NewAccount'] = { privacy: 'Public' };
  void [fault, part, account];
  await must(control.POST('/reset'));
}

await must(endpoint.POST('/users/', { params: { header: { Username: 'alice' } } }));
const created = await must(endpoint.POST('/users/', { params: { header: { Username: 'bob', Privacy: 'Private' } } }));
const privacy: string = created.privacy;
const { error, response } = await endpoint.POST('/users/', { params: { header: { Username: 'bob' } } });
if (response.status !== 409 || !error) throw new Error(`a name in use is answered with ${response.status}`);
const code: '400' | '403' | '409' = error.code;
// @ts-expect-error: the header Username is required
const wrong: Parameters<typeof endpoint.POST<'/users/', { params: { header: {} } }>>[1] = { params: { header: {} } };
void [privacy, code, wrong];
