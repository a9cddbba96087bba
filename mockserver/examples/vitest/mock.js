// One space for each worker of Vitest. Workers run at the same time; the tests within a worker run one after the other.
const server = process.env.MOCKSERVER ?? "http://localhost:8080";

export const root = `${server}/~vitest-${process.env.VITEST_POOL_ID}`;
export const baseURL = `${root}/connectmypairs`;

// control calls the control API of this worker's space and fails the test when the call is refused.
export async function control(method, path, body) {
  const answer = await fetch(`${root}/__mock/${path}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.status === 204 ? undefined : answer.json();
}
