import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where a Chromium is on this machine, or null. `CHROMIUM_PATH` names one elsewhere. */
export function findChromium(): string | null {
  return PLACES.find((path) => path !== '' && existsSync(path)) ?? null;
}

export interface Look {
  colorScheme: 'light' | 'dark';
  width: number;
  height: number;
}

export const DESKTOP: Look = { colorScheme: 'light', width: 1280, height: 860 };
export const DARK: Look = { ...DESKTOP, colorScheme: 'dark' };
export const PHONE: Look = { colorScheme: 'light', width: 360, height: 780 };

export interface Browser {
  context: BrowserContext;
  close: () => Promise<void>;
}

/** A browser with a profile of its own that talks to nobody but the page. */
export async function openBrowser(executablePath: string, { colorScheme, width, height }: Look): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'ratchet-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height },
    locale: 'en-GB',
    timezoneId: 'UTC',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
