import { useState, type FormEvent } from 'react';
import { createAccount } from './createAccount';
import { message } from './message';

export function SignUp({ baseURL }: { baseURL: string }) {
  const [shown, show] = useState<ReturnType<typeof message>>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setBusy(true);
    try {
      show(message(await createAccount(baseURL, String(data.get('name')), String(data.get('privacy')))));
    } catch {
      show({ kind: 'problem', text: 'The service did not answer. Check your connection, and try again.' });
    } finally {
      setBusy(false);
    }
  }

  return (
    <main>
      <h1>Create your account</h1>
      <form onSubmit={submit}>
        <label>
          Name
          <input name="name" autoComplete="username" required />
        </label>
        <label>
          Who sees you
          <select name="privacy">
            <option value="Public">Everybody</option>
            <option value="Private">Only people you know</option>
            <option value="Friends">Friends of friends (not there yet)</option>
          </select>
        </label>
        <button disabled={busy}>{busy ? 'One moment…' : 'Sign up'}</button>
        <p role="status" className={shown?.kind}>
          {shown?.text}
        </p>
      </form>
    </main>
  );
}
