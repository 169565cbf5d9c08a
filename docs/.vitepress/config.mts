import { cpSync, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type MarkdownOptions } from 'vitepress';
import { SITE_MAP } from '../site-map.js';

const docs = fileURLToPath(new URL('..', import.meta.url));
/** Documents that are no pages, and lie beside them on the site. */
const FILES = ['asyncapi.yaml', 'openapi', 'schemas'];

const isOutside = (path: string): boolean => relative(docs, path).startsWith('..');
const isPage = (path: string): boolean => path.endsWith('.md') || existsSync(join(path, 'index.md'));

/**
 * The pages link to files of the repository, which the site does not have: outside docs/, and folders without a page.
 * On the site such a link is its text, with the file's path to be seen on it. That the files are there is a test's job.
 */
const withoutOutsideLinks: MarkdownOptions['config'] = (md) => {
  md.core.ruler.push('outside-links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let inside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const href = token.attrGet('href') ?? '';
          const path = resolve(dirname(join(docs, env.relativePath)), decodeURI(href.split('#')[0] ?? ''));
          const local = href !== '' && !/^([a-z]+:|#|\/)/.test(href);
          inside = local && (isOutside(path) || (href.endsWith('/') && !isPage(path)));
          if (inside) {
            token.tag = 'span';
            token.attrs = [['title', relative(join(docs, '..'), path)]];
          }
        } else if (token.type === 'link_close' && inside) {
          token.tag = 'span';
          inside = false;
        }
      }
    }
  });
};

export default defineConfig({
  title: 'Ratchet',
  description: 'Continuous learning on Kafka: a model only clicks forward when it is measurably better.',
  srcDir: docs,
  outDir: join(docs, '../dist/site'),
  cacheDir: join(docs, '../node_modules/.cache/vitepress'),
  base: process.env.DOCS_BASE || '/',
  cleanUrls: false,
  lastUpdated: false,
  // Links to pages that are not there fail the build. Addresses of the local stack are no links to check.
  ignoreDeadLinks: [/^https?:\/\/127\.0\.0\.1/],
  markdown: { config: withoutOutsideLinks },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: SITE_MAP.map(({ title, entries }) => ({
      text: title,
      collapsed: false,
      items: entries.map(({ text, page }) => ({ text, link: `/${page.replace(/(^|\/)index$/, '$1')}` })),
    })),
  },
  buildEnd: ({ outDir }) => {
    for (const file of FILES) cpSync(join(docs, file), join(outDir, file), { recursive: true });
  },
});
