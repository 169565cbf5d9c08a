import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { ServiceName } from '../../deploy/local/stack/services.js';
import { DESKTOP } from '../browser/chromium.js';
import { CHROMIUM, ConsolePage } from '../browser/console-page.js';
import type { TestStack } from '../stack/stack.js';

type Page = 'overview' | 'feedback';

/** What somebody reads who looks, each in the words of the place: the cause, and what to do. */
export interface Told {
  /** Of `ratchet status`; an open alert is `alert NAME` in it. */
  readonly status?: readonly string[];
  readonly doctor?: readonly string[];
  /** Without a Chromium nobody looks at pages, which the browser tests tell. */
  readonly console?: Partial<Record<Page, readonly string[]>>;
  readonly log?: Partial<Record<ServiceName, readonly string[]>>;
}

/** What can be read of the page, in its lines. */
const VISIBLE = 'document.querySelector("main").innerText';
const onOneLine = (text: string): string => text.replace(/\s+/g, ' ');

function expectAll(where: string, text: string, wanted: readonly string[] = []): void {
  const shown = onOneLine(text);
  for (const words of wanted) expect(shown, where).toContain(words);
}

/** A person with a terminal, a browser and the logs. */
export class Onlooker {
  constructor(private readonly stack: TestStack) {}

  async status(): Promise<string> {
    const { stdout, stderr } = await this.stack.cli('status');
    return stdout + stderr;
  }

  async doctor(): Promise<string> {
    return (await this.stack.cli('doctor')).stdout;
  }

  log(service: ServiceName): Promise<string> {
    return readFile(join(this.stack.home, 'logs', `${service}.log`), 'utf8');
  }

  /** Texts of pages of the console, with a picture of each in test/artifacts/browser. */
  async console(pages: readonly Page[], picture: string): Promise<Map<Page, string>> {
    const screen = await ConsolePage.open(this.stack.urls.registry, DESKTOP);
    try {
      await screen.signIn(this.stack.token);
      const texts = new Map<Page, string>();
      for (const page of pages) {
        await screen.visit(`#/${DEFAULT_MODEL}${page === 'overview' ? '' : `/${page}`}`);
        await screen.picture(`disaster-${picture}-${page}`);
        texts.set(page, await screen.inPage<string>(VISIBLE));
      }
      return texts;
    } finally {
      await screen.close();
    }
  }

  /** What the console says to somebody who signs in while the registry cannot look anything up. */
  async atTheDoor(picture: string): Promise<string> {
    const screen = await ConsolePage.open(this.stack.urls.registry, DESKTOP);
    try {
      await screen.enter(this.stack.token);
      await screen.page.getByRole('button', { name: 'Try again' }).waitFor();
      await screen.picture(`disaster-${picture}`);
      return await screen.inPage<string>(VISIBLE);
    } finally {
      await screen.close();
    }
  }

  /** All at once: an alert may end while one looks. */
  async expectToRead(picture: string, told: Told): Promise<void> {
    const pages = told.console ?? {};
    const [status, doctor, texts] = await Promise.all([
      told.status ? this.status() : '',
      told.doctor ? this.doctor() : '',
      told.console && CHROMIUM.program !== null ? this.console(pagesOf(pages), picture) : new Map<Page, string>(),
    ]);
    expectAll('ratchet status', status, told.status);
    expectAll('ratchet doctor', doctor, told.doctor);
    for (const [page, text] of texts) expectAll(`the console's ${page}`, text, pages[page]);
    for (const service of servicesOf(told.log ?? {}))
      expectAll(`the log of ${service}`, await this.log(service), told.log?.[service]);
  }
}

const pagesOf = (pages: Partial<Record<Page, unknown>>): Page[] =>
  (['overview', 'feedback'] as const).filter((page) => pages[page] !== undefined);

const servicesOf = (logs: Partial<Record<ServiceName, unknown>>): ServiceName[] =>
  (['registry', 'feedback-ingest', 'serving-1', 'serving-2'] as const).filter((name) => logs[name] !== undefined);
