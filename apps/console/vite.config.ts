import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev:console` answers the page from source and sends everything under /v1 to a running registry. */
const REGISTRY = 'http://127.0.0.1:7400';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/apps/console',
    emptyOutDir: true,
    target: 'es2023',
    // Everything is a file of its own, so that the content security policy needs no data: and no inline anything.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { host: '127.0.0.1', proxy: { '/v1': REGISTRY } },
});
