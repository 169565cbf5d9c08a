import { describe, expect, it } from 'vitest';
import { columnNames, datasetFields, isHeader, logFields, rowIdentity } from './csv.js';
import { detect } from './detect.js';

describe('what a file is', () => {
  it.each([
    ['{"task_id":1,"action_attempted":"forum","result":"failed"}\n', 'jsonl', 'automation'],
    ['{broken\n{"task_id":1,"action_attempted":"forum","result":"failed"}\n', 'jsonl', 'automation'],
    ['\n\nnot json\n{"task_id":1,"rule_based_action":"forum","task_result":"failed"}\n', 'jsonl', 'shadow'],
    ['{"success":true,"created_at":"x","task":{"id":1}}\n', 'jsonl', 'historical'],
    ['{"success":true,"count":1,"data":[{"task":{}}]}', 'json', 'historical'],
    ['{\n  "success": true,\n  "data": [\n    {', 'json', 'historical'],
    ['[{"task":{"id":1}}]', 'json', 'historical'],
    ['\uFEFFURL,TYPE,PA,DA,STATUS\r\nhttps://a.org,Profile,,,live', 'csv', 'dataset'],
    ['"url","type","pa"\n', 'csv', 'dataset'],
    ['timestamp,task_id,domain,action_attempted,result\n', 'csv', 'automation'],
    ['task_id,rule_based_action,task_result\n', 'csv', 'shadow'],
    ['a,b\n', 'csv', null],
    ['{"a":1}\n', 'jsonl', null],
    ['', 'csv', null],
  ])('%j', (head, format, kind) => {
    expect(detect(head)).toEqual({ format, kind });
  });
});

describe('rows of a CSV file', () => {
  const columns = columnNames(['\uFEFFTimestamp ', 'TASK_ID', 'retry_count', 'execution_time', 'site', 'ai_correct']);

  it('become the fields of a log line', () => {
    expect(logFields(columns, ['2026-01-04T09:12:31Z', '9', '1', ' 2.5', '{"pa":1}', 'True'])).toEqual({
      timestamp: '2026-01-04T09:12:31Z',
      task_id: '9',
      retry_count: 1,
      execution_time: 2.5,
      site: { pa: 1 },
      ai_correct: true,
    });
    expect(logFields(columns, ['', '9', 'many', '', '', ''])).toEqual({ task_id: '9', retry_count: 'many' });
  });

  it('become the cells of a dataset', () => {
    expect(datasetFields(['url', '', 'pa'], ['https://a.org', 'x'])).toEqual({ url: 'https://a.org', pa: '' });
  });

  it('are recognised when they repeat the header', () => {
    expect(isHeader(['url', 'type'], ['URL', ' Type'])).toBe(true);
    expect(isHeader(['url', 'type'], ['URL', 'forum'])).toBe(false);
  });

  it('are one whatever the order of the columns', () => {
    const one = rowIdentity(['url', 'pa', 'da'], ['https://a.org', ' 1', '']);
    expect(rowIdentity(['pa', 'url'], ['1', 'https://a.org'])).toEqual(one);
    expect(rowIdentity(['pa', 'url'], ['2', 'https://a.org'])).not.toEqual(one);
  });
});
