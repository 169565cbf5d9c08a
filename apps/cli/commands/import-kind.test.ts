import { describe, expect, it } from 'vitest';
import { importKind } from './import-kind.js';

describe('importKind', () => {
  it.each([
    [
      'an outcome',
      '{"timestamp":"2026-01-04T09:12:31Z","task_id":1,"action_attempted":"forum","result":"failed"}\n',
      'automation',
    ],
    ['a shadow line', '{"task_id":1,"rule_based_action": "forum","task_result":"failed"}\n', 'shadow'],
    ['a broken first line', '{"task_id":1,\n{"task_id":2,"action_attempted":"forum"}\n', 'automation'],
    ['a saved answer', '{\n  "success": true,\n  "count": 1,\n  "data": [\n', 'historical'],
    ['an enriched dataset', 'url,type,pa,da,status,domain\n', 'dataset'],
    ['a raw export with a byte-order mark', '\uFEFFURL,TYPE,PA,DA,STATUS\r\n', 'dataset'],
    ['outcomes as CSV', '"timestamp","task_id","domain","action_attempted","result"\n', 'automation'],
    ['something else', 'a;b;c\n', null],
    ['an empty file', '', null],
  ])('%s', (_, head, kind) => {
    expect(importKind(head)).toBe(kind);
  });
});
