import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../client/settings.js';
import { invoke } from '../testing/invoke.js';
import { committedFigures, MEASURED_FILE, measuredSource } from './measured-source.js';
import { readDays, readMany, readRate } from './quantity.js';
import { SCALING_PAGE, SHOWN, scalingPage } from './scaling-page.js';

const page = () => readFileSync(join(projectFolder(), 'docs', SCALING_PAGE), 'utf8');

describe('what is measured', () => {
  it('is what the committed results of the benchmarks say', () => {
    const source = readFileSync(join(projectFolder(), MEASURED_FILE), 'utf8');
    expect(source, 'run "npm run generate" and commit the result').toBe(measuredSource(committedFigures()));
  });

  it(`is in docs/${SCALING_PAGE}, with what follows from it`, async () => {
    expect(page(), 'run "npm run generate" and commit the result').toBe(await scalingPage(committedFigures()));
  });

  it.each(SHOWN)('makes "%s" print what the page shows', async (command) => {
    const { code, stdout } = await invoke(command.split(' ').slice(1), {});
    expect(code).toBe(0);
    expect(page()).toContain(`$ ${command}\n${stdout.trimEnd()}\n\`\`\``);
  });
});

describe('ratchet plan', () => {
  it('gives all numbers as JSON', async () => {
    const { code, stdout } = await invoke(['plan', '--events', '5000/s', '--models', '20', '--json'], {});
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      load: { events: 5000, decisions: 5000, features: 25, models: 20, keepDays: 365, rawDays: 365, zones: 3 },
      stage: 'three zones',
      walls: expect.arrayContaining([expect.objectContaining({ name: 'fold', unit: 'rows/s', load: 10_000 })]),
    });
  });

  it.each([
    [[], '--events: expected a rate like 5000/s, 300/min, 20k/h or 1.5M/d.'],
    [['--events', '5000'], '--events: "5000" was given, expected a rate like 5000/s, 300/min, 20k/h or 1.5M/d.'],
    [['--events', '0/s'], '--events: "0/s" was given, expected a rate like 5000/s, 300/min, 20k/h or 1.5M/d, above 0.'],
    [['--events', '-5/s'], '--events: "-5/s" was given, expected a rate'],
    [
      ['--events', '5/s', '--decisions', 'none'],
      '--decisions: "none" was given, expected a rate like 5000/s, 300/min, 20k/h or 1.5M/d, or 0.',
    ],
    [['--events', '5/s', '--keep', '365'], '--keep: "365" was given, expected a time like 365d, 12h, 4w or 2y.'],
    [['--events', '5/s', '--raw-keep', '1m'], '--raw-keep: "1m" was given, expected a time like 365d, 12h, 4w or 2y.'],
    [['--events', '5/s', '--models', '0'], '--models: expected at least 1.'],
    [['--events', '5/s', '--features', 'many'], '--features: expected a whole number of features.'],
    [['--events', '5/s', '--peak', '0.5'], '--peak: expected at least 1, which is no peak.'],
    [
      ['--events', '5/s', '--train-rows', '10B'],
      '--train-rows: "10B" was given, expected a number like 500000, 500k or 10M.',
    ],
  ])('tells of %j which option it is and what was expected', async (args, told) => {
    const { code, stderr } = await invoke(['plan', ...args], {});
    expect(stderr).toContain(told);
    expect(stderr).toContain('See: ratchet plan --help');
    expect(code).toBe(2);
  });

  it('plans without decisions, for an engine that decides itself', async () => {
    const { stdout } = await invoke(['plan', '--events', '5/s', '--decisions', '0'], {});
    expect(stdout).toContain('5 outcomes/s and 0 decisions a day of 25 features');
  });
});

describe('a quantity', () => {
  it.each([
    ['5000/s', 5000],
    ['300/min', 5],
    ['36k/h', 10],
    ['0.864M/d', 10],
    ['5', null],
    ['5/w', null],
    ['1e3/s', null],
    [' 5/s', null],
  ])('%j is %s a second', (text, rate) => expect(readRate(text)).toEqual(rate));

  it.each([
    ['365d', 365],
    ['12h', 0.5],
    ['4w', 28],
    ['2y', 730],
    ['5m', null],
    ['', null],
  ])('%j is %s days', (text, days) => expect(readDays(text)).toEqual(days));

  it.each([
    ['500000', 500_000],
    ['500k', 500_000],
    ['1.5M', 1_500_000],
    ['ten', null],
  ])('%j is %s', (text, many) => expect(readMany(text)).toEqual(many));
});
