import type { Answer } from '@connectmypairs/mock';

/** Creates an account. Rejects with a TypeError when the answer is lost. */
export async function createAccount(baseURL: string, name: string, privacy: string): Promise<Answer> {
  const headers = { Username: bytes(name), Privacy: bytes(privacy) };
  const response = await fetch(`${baseURL}/users/`, { method: 'POST', headers });
  return (await response.json()) as Answer;
}

/** A header holds bytes, so fetch refuses a text with characters such as ł; this is the text in UTF-8. */
function bytes(text: string) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
