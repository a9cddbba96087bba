import { defineConfig } from "@playwright/test";

const port = process.env.PORT ?? "3000";
const frontend = `http://localhost:${port}`;

export default defineConfig({
  fullyParallel: true,
  workers: 3,
  repeatEach: 3,
  reporter: "list",
  webServer: { command: "node frontend.js", url: frontend, env: { PORT: port } },
  // CHROMIUM is for machines that bring their own browser.
  use: { baseURL: frontend, launchOptions: { executablePath: process.env.CHROMIUM } },
});
