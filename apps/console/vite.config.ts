import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { BACKENDS } from '../../libs/contracts/backends.js';
import { ADDRESSES } from '../../libs/contracts/http/addresses.js';
import { SHOWN_SUBJECTS } from '../../libs/contracts/shown-subjects.js';

/** `npm run dev:console` answers the page from source and sends everything under /v1 to a running registry. */
const REGISTRY = 'http://127.0.0.1:7400';

const exported = (name: string, value: unknown): string => `export const ${name} = ${JSON.stringify(value)};`;

/** Contracts of which the page takes the data but not the schemas, and with them no validator. */
const DATA: Readonly<Record<string, string>> = {
  'http/addresses.ts': exported('ADDRESSES', ADDRESSES),
  'backends.ts': exported('BACKENDS', BACKENDS),
  'shown-subjects.ts': `export const SHOWN_SUBJECTS = new Map(${JSON.stringify([...SHOWN_SUBJECTS])});`,
};

const dataOnly: Plugin = {
  name: 'data-only',
  enforce: 'pre',
  load: (id) => Object.entries(DATA).find(([file]) => id.endsWith(`/libs/contracts/${file}`))?.[1] ?? null,
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [dataOnly, react()],
  resolve: { conditions: ['ratchet-source', ...defaultClientConditions] },
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
