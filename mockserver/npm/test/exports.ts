// Every export as a strict TypeScript project uses it; it is compiled, never run. What must not compile says so.
import {
  connect,
  startMock,
  type Answer,
  type ControlPaths,
  type EndpointPaths,
  type MockServer,
} from '@connectmypairs/mock';
import type { paths } from '@connectmypairs/mock/control-api';
import type { components } from '@connectmypairs/mock/endpoint-api';
import { globalSetup } from '@connectmypairs/mock/global-setup';
import { createMock, type Mock, type Options } from '@connectmypairs/mock/handler';
import { handlers } from '@connectmypairs/mock/msw';
import { expect, test as playwrightTest } from '@connectmypairs/mock/playwright';
import { connectmypairs } from '@connectmypairs/mock/vite';
import { test as vitestTest } from '@connectmypairs/mock/vitest';
import type { RequestHandler } from 'msw';
import createClient from 'openapi-fetch';
import type { Plugin } from 'vite';

export function told(answer: Answer): string {
  switch (answer.code) {
    case undefined:
      return answer.name + answer.privacy;
    case '400':
      return answer.name + answer.privacy + answer.description;
    case '403':
      // @ts-expect-error a 403 has no name
      return answer.name ?? answer.description;
    case '409':
      // @ts-expect-error a 409 has no privacy
      return answer.privacy ?? answer.name;
  }
}

export async function server() {
  await using mock: MockServer = await startMock({ names: ['alice'], assumptions: { 'name-comparison': 'fold' } });
  // @ts-expect-error no such option
  await startMock({ nmaes: [] });
  const { data } = await mock.space('one').control.GET('/requests', { params: { query: { status: 409 } } });
  const total: number | undefined = data?.total;
  // @ts-expect-error no such call
  await mock.control.GET('/nothing');
  // @ts-expect-error no such fault
  await mock.control.PUT('/behaviour', { body: { faults: [{ fault: 'nonsense', next: 1 }] } });
  const { missing }: { missing: number[] } = await mock.coverage();
  const other = connect('http://localhost:8080/connectmypairs');
  const log: string = mock.log();
  return [total, missing, other.root, log];
}

export async function endpoint() {
  const client = createClient<EndpointPaths>({
    baseUrl: 'http://localhost:8080/connectmypairs',
    fetch: createMock().fetch,
  });
  const { data, error, response } = await client.POST('/users/', { params: { header: { Username: 'alice' } } });
  // @ts-expect-error the Username is required
  await client.POST('/users/', { params: { header: {} } });
  const created: components['schemas']['Created'] | undefined = data;
  if (error && 'code' in error) {
    const code: '400' | '403' | '409' = error.code;
    return code;
  }
  return [created, response.status];
}

export function handler() {
  const options: Options = {
    blocked: (request) => request.headers.has('X-Blocked'),
    forced: [{ status: 403, next: 1 }],
  };
  const mock: Mock = createMock(options);
  // @ts-expect-error 404 is not documented
  mock.behaviour.forced = [{ status: 404, next: 1 }];
  // @ts-expect-error the journal is read only
  mock.requests = [];
  mock.behaviour.latency = '20ms';
  const all: RequestHandler[] = handlers(mock, '/connectmypairs');
  const plugin: Plugin = connectmypairs({ latency: '20ms' });
  const setup: () => Promise<() => Promise<void>> = globalSetup({ require: [201] });
  return [all, plugin, setup];
}

playwrightTest('types', async ({ page, mock }) => {
  await page.goto(mock.baseURL);
  expect(await mock.coverage()).toBeTruthy();
  // @ts-expect-error a space does not stop
  await mock.stop();
});
vitestTest('types', async ({ mock }) => {
  const url: string = mock.baseURL;
  return void url;
});

export type Calls = keyof ControlPaths & keyof paths;
