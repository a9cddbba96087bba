import { createRoot } from 'react-dom/client';
import { SignUp } from './SignUp';
import './style.css';

declare global {
  interface Window {
    /** A test puts the base URL of its own space here. */
    baseURL?: string;
  }
}

if (import.meta.env.VITE_MOCK === 'in-page') {
  const { startWorker } = await import('./worker');
  await startWorker();
}
// The dev server proxies this path to the mock, and production's web server to the API.
createRoot(document.getElementById('root')!).render(<SignUp baseURL={window.baseURL ?? '/connectmypairs'} />);
