import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import type { Requirement } from '../stack/requirement.js';
import { type Browser, findChromium, type Look, openBrowser } from './chromium.js';

export const CHROMIUM: Requirement = {
  name: 'Chromium',
  program: findChromium(),
  remedy: 'on Debian, apt-get install chromium; CHROMIUM_PATH names one elsewhere',
};

/** What `npm run build` made. */
export function builtConsole(): string {
  const folder = resolve('dist/apps/console');
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`${folder} has no index.html: run "npm run build"`);
  return folder;
}

const PICTURES = resolve('test/artifacts/browser');
/** With RATCHET_SCREENSHOTS=docs those that the documentation shows are written anew. */
const FOR_DOCS = process.env.RATCHET_SCREENSHOTS === 'docs' ? resolve('docs/screenshots') : null;

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Without white space, which elements stand for as well. */
export const plain = (text: string): string => text.replace(/\s+/g, '');

/** One page of the console in a browser of its own, and everything it complained of. */
export class ConsolePage {
  /** Errors and warnings of the page, broken requests and violations of the content security policy. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** `now` stops the page's clock, so that two pictures of the same data are alike. */
  static async open(url: string, look: Look, now?: Date): Promise<ConsolePage> {
    const browser = await openBrowser(CHROMIUM.program ?? '', look);
    const page = await browser.context.newPage();
    page.setDefaultTimeout(30_000);
    if (now !== undefined) await page.clock.setFixedTime(now);
    return new ConsolePage(browser, page, url);
  }

  async enter(token: string): Promise<void> {
    await this.page.goto(this.url);
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** … where there is one model, whose overview is the first page. */
  async signIn(token: string): Promise<void> {
    await this.enter(token);
    await this.page.getByRole('navigation', { name: 'Pages' }).waitFor();
  }

  /** Goes to an address behind the #, as a link would. */
  async visit(hash: string): Promise<void> {
    await this.inPage(`location.hash = ${JSON.stringify(hash)}`);
    await this.settle();
  }

  /** Until everything that was asked for has been answered and drawn. */
  async settle(): Promise<void> {
    await this.page.getByRole('heading', { level: 1 }).waitFor();
    await this.page.locator('.waiting').first().waitFor({ state: 'detached' });
    await this.inPage('document.fonts.ready.then(() => null)');
  }

  /** A picture in test/artifacts/browser, and in docs/screenshots if `docs` and asked for. */
  async picture(name: string, { docs = false }: { docs?: boolean } = {}): Promise<void> {
    // A dialog and the shade behind it are of the window; what sticks to the window would stand in the middle of a page.
    const fullPage = (await this.page.getByRole('dialog').count()) === 0;
    if (fullPage) await this.inPage('window.scrollTo(0, 0)');
    for (const folder of [PICTURES, docs ? FOR_DOCS : null]) {
      if (folder === null) continue;
      mkdirSync(folder, { recursive: true });
      await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage, animations: 'disabled' });
    }
  }

  /** What axe finds of serious or critical impact, in words. */
  async violations(): Promise<string[]> {
    await this.inPage(axe.source);
    const { violations } = await this.inPage<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, impact, help, nodes }) =>
          `${id} (${impact}): ${help} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
      );
  }

  /** By how many pixels the page is wider than its window; it should never be. */
  overflow(): Promise<number> {
    return this.inPage('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  /** Tables of which a part is seen only by who scrolls them sideways, by their captions and how much is hidden. */
  cutTables(): Promise<string[]> {
    return this.inPage(
      `[...document.querySelectorAll('.table-scroll')].filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.getAttribute('aria-label') + ': ' + (e.scrollWidth - e.clientWidth) + ' px')`,
    );
  }

  /** The value of an expression in the page; as text, because tests are compiled without the browser's types. */
  inPage<Value>(expression: string): Promise<Value> {
    return this.page.evaluate(expression);
  }

  /** The text of every place that holds figures: rows of tables, cards, figures of the overview, and the page's head (a card without a title). */
  async figures(): Promise<{ place: 'row' | 'card' | 'figure'; text: string }[]> {
    const texts = async (place: 'row' | 'card' | 'figure', selector: string) =>
      (await this.page.locator(selector).allTextContents()).map((text) => ({ place, text: plain(text) }));
    return [
      ...(await texts('row', 'main tbody tr')),
      ...(await texts('card', 'main .card, main .page-head')),
      ...(await texts('figure', 'main .figure')),
    ];
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
