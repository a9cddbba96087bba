import { connectmypairs } from '@connectmypairs/mock/vite';
import basicSsl from '@vitejs/plugin-basic-ssl';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [react(), connectmypairs({ names: ['alice'] }), mode === 'https' && basicSsl()],
  test: { include: ['src/**/*.test.ts'], globalSetup: ['tests/mock.ts'], maxWorkers: 2 },
}));
