import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ModelDefinition } from '#contracts/model-definition';
import { csvCell } from './csv-cell.js';
import { exportColumns } from './export-row.js';

const definition = ModelDefinition.parse(
  parse(readFileSync(new URL('../../../deploy/models/backlink-outcome.yaml', import.meta.url), 'utf8')),
);

describe('an exported dataset', () => {
  it('has the columns of the enriched dataset', () => {
    expect(
      exportColumns(definition)
        .map(({ name }) => name)
        .join(),
    ).toBe(
      'url,type,pa,da,status,domain,tld,url_path_depth,https_enabled,platform_guess,site_type,comment_supported,profile_supported,forum_supported,guest_supported,requires_login,registration_detected',
    );
  });

  it('derives from the URL what the row does not say itself', () => {
    const row = {
      action: 'forum',
      label: null,
      result: 'success',
      features: { url: 'https://www.forum.example.org/a/b', pa: 3, tld: 'museum', requires_login: true },
    };
    const line = exportColumns(definition).map(({ cell }) => csvCell(cell(row)));
    expect(line.join()).toBe(
      'https://www.forum.example.org/a/b,forum,3,,success,forum.example.org,museum,2,1,,,,,,,1,',
    );
  });
});
