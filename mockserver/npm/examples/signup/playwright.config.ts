import { defineConfig } from '@playwright/test';

const port = process.env.PORT ?? '4173';
const url = `http://localhost:${port}`;

export default defineConfig({
  testDir: 'tests',
  globalSetup: './tests/mock.ts',
  fullyParallel: true,
  workers: 3,
  timeout: 60_000,
  reporter: 'list',
  webServer: { command: `vite preview --strictPort --port ${port}`, url },
  use: {
    baseURL: url,
    viewport: { width: 480, height: 520 },
    // For machines that bring their own browser.
    launchOptions: process.env.CHROMIUM
      ? { executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] }
      : {},
  },
});
