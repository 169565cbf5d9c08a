import { describe, expect, it } from 'vitest';
import { startSettings } from './settings.js';
import { welcome } from './words.js';

describe('what a start says last', () => {
  const soon = 'v1.0.0 is trained and goes live by itself within about a minute.';

  it('of a first one: that a version comes by itself', () => {
    expect(welcome(startSettings({}), '12 s', null)).toContain(soon);
  });

  it('of a later one: which version is live', () => {
    const said = welcome(startSettings({}), '12 s', 'v1.3.0');
    expect(said).toContain('v1.3.0 is live, as it was when this was stopped.');
    expect(said).not.toContain(soon);
  });

  it('without a sample engine: neither', () => {
    expect(welcome(startSettings({ RATCHET_SAMPLE_ENGINE: 'off' }), '12 s', null)).not.toContain(soon);
  });

  it('asks for a decision by the general name of the inputs', () => {
    expect(welcome(startSettings({}), '12 s', null)).toContain('"features":{"url"');
  });
});
