import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder, invoke } from './testing/invoke.js';
import { deployment, detail, ids, imported, modelStatus, run, summary } from './testing/samples.js';
import {
  type Answer,
  InTurn,
  lines,
  problem,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.js';

const MODEL = '/v1/models/backlink-outcome';
let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function against(script: Readonly<Record<string, Answer>>) {
  server = await startScriptedServer(script);
  return { RATCHET_URL: server.url, RATCHET_INGEST_URL: server.url, RATCHET_TOKEN: 'secret' };
}

const sent = (path: string): unknown => {
  const request = server?.received.find((r) => r.method === 'POST' && r.url.startsWith(path));
  return request ? JSON.parse(request.body) : undefined;
};

describe('reading', () => {
  it('status says what is live and who serves it', async () => {
    const result = await invoke(['status'], await against({ 'GET /v1/models': [modelStatus] }));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('v1.0.0 is live since 2026-01-04 08:00:00 UTC, generation 7');
    expect(result.stdout).toMatch(/serving-1 +ready +v1\.0\.0 +7 +v1\.0\.0 v1\.1\.0/);
    expect(server?.received[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('status calls no instance ready for a model of which it serves no version', async () => {
    const instances = modelStatus.instances.map((each) => ({ ...each, version: null, warm: [] }));
    const nothing = { ...modelStatus, live: null, instances };
    const { stdout } = await invoke(['status'], await against({ 'GET /v1/models': [nothing] }));
    expect(stdout).toMatch(/serving-1 +no version +–/);
    expect(stdout).not.toMatch(/\bready\b/);
  });

  it.each([
    [{ TZ: 'Asia/Tokyo' }, [], '2026-01-04 17:00:00 Asia/Tokyo'],
    [{ TZ: 'Asia/Tokyo' }, ['--utc'], '2026-01-04 08:00:00 UTC'],
    [{ TZ: 'Asia/Tokyo', RATCHET_UTC: '1' }, [], '2026-01-04 08:00:00 UTC'],
    [{ TZ: 'CET-1CEST,M3.5.0' }, ['--utc'], '2026-01-04 08:00:00 UTC'],
  ])('times are those of the zone that is set, and named: %j %j', async (zone, options, since) => {
    const env = await against({ 'GET /v1/models': [modelStatus] });
    const { stdout } = await invoke(['status', ...options], { ...env, ...zone });
    expect(stdout).toContain(`v1.0.0 is live since ${since}`);
  });

  it('status without a model has a line for each of several', async () => {
    const alert = {
      alert: 'accuracy-drop',
      model: 'churn',
      since: '2026-01-04T09:00:00Z',
      detail: 'x',
      resolved_at: null,
    };
    const churn = { ...modelStatus, model: 'churn', live: null, accuracy: null, last_run: null, alerts: [alert] };
    const result = await invoke(['status'], await against({ 'GET /v1/models': [modelStatus, churn] }));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/backlink-outcome +v1\.0\.0 /);
    expect(result.stdout).toMatch(/churn +– .*accuracy-drop/);
  });

  it('status --wait ends with the verdict and what to do when the gate refuses', async () => {
    const refused = {
      ...modelStatus,
      model: 'churn',
      live: null,
      deployment: null,
      last_run: { ...run, model: 'churn', state: 'done', verdict: 'fail', version: 'v1.0.0' },
    };
    const script = { 'GET /v1/models/churn': refused };
    const result = await invoke(['status', '--model', 'churn', '--wait'], await against(script));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('The gate says fail of v1.0.0');
    expect(result.stdout).toContain('ratchet info --model churn --version v1.0.0');
    expect(result.stdout).toContain('ratchet deploy --model churn --version v1.0.0 --force --reason "…"');
  });

  it('status --wait looks until a version is live and served', async () => {
    const nothing = { ...modelStatus, live: null };
    const unserved = { ...modelStatus, instances: [] };
    const script = { [`GET ${MODEL}`]: new InTurn([nothing, unserved, modelStatus]) };
    const result = await invoke(['status', '--wait'], await against(script));
    expect(result.stdout).toContain('v1.0.0 is live');
    expect(server?.received).toHaveLength(3);
    const late = await invoke(['status', '--wait', '--timeout', '0.1'], await against({ [`GET ${MODEL}`]: nothing }));
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('ratchet doctor') });
  });

  it.each([
    [['status', '--model', 'backlink-outcome'], `GET ${MODEL}`, modelStatus],
    [['list'], `GET ${MODEL}/versions`, [summary]],
    [['info', '--version', 'v1.1.0'], `GET ${MODEL}/versions/v1.1.0`, detail],
    [['history'], `GET ${MODEL}/deployments`, [deployment]],
    [['runs'], 'GET /v1/runs', [run]],
    [['audit'], 'GET /v1/audit', []],
  ])('%s --json prints what the registry answered and nothing else', async (args, route, document) => {
    const result = await invoke([...args, '--json'], await against({ [route]: document }));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual(document);
  });

  it('info shows every check of the gate with value and threshold', async () => {
    const result = await invoke(
      ['info', '--version', 'v1.1.0'],
      await against({ [`GET ${MODEL}/versions/v1.1.0`]: detail }),
    );
    expect(result.stdout).toMatch(/accuracy_improvement +fail +0\.0040 +0\.0100/);
    expect(result.stdout).toContain('verdict fail: accuracy improved by too little');
    expect(result.stdout).toMatch(/McNemar p-value +0\.3100/);
  });

  it('compare asks for both versions and warns when the holdouts differ', async () => {
    const metrics = [{ metric: 'accuracy', from: 0.86, to: 0.87, difference: 0.01 }];
    const from = { ...detail, version: 'v1.0.0' };
    const comparison = { model: 'backlink-outcome', from, to: detail, metrics, same_holdout: false };
    const result = await invoke(
      ['compare', 'v1.0.0', 'v1.1.0'],
      await against({ [`GET ${MODEL}/compare`]: comparison }),
    );
    expect(server?.received[0]?.url).toBe(`${MODEL}/compare?from=v1.0.0&to=v1.1.0`);
    expect(result.stdout).toMatch(/Accuracy +0\.8600 +0\.8700 +\+0\.0100/);
    expect(result.stdout).toContain('different holdout rows');
  });

  it.each([
    [true, 0, 'intact: 12 records'],
    [false, 1, 'broken at record 5'],
  ])('audit --verify with an intact chain = %s exits %i', async (intact, code, text) => {
    const verification = { intact, records: 12, broken_at: intact ? null : 5, detail: '' };
    const result = await invoke(['audit', '--verify'], await against({ 'GET /v1/audit/verify': verification }));
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(text);
  });
});

describe('acting', () => {
  const accepted = {
    command_id: ids.command,
    deployment_id: ids.deployment,
    generation: 7,
    from_version: 'v1.1.0',
    to_version: 'v1.0.0',
  };
  const following = (...answers: Answer[]) => ({
    [`POST ${MODEL}/rollback`]: accepted,
    [`POST ${MODEL}/deploy`]: accepted,
    [`GET ${MODEL}/deployments/${ids.deployment}`]: new InTurn(answers),
  });

  it('rollback waits until every instance has swapped and says after how many milliseconds', async () => {
    const env = await against(following({ ...deployment, state: 'activating' }, deployment));
    const result = await invoke(['rollback', '--reason', 'captchas everywhere'], env);
    expect(result.code).toBe(0);
    expect(sent(`${MODEL}/rollback`)).toMatchObject({ reason: 'captchas everywhere' });
    expect(result.stdout).toContain('Rolled back v1.1.0 → v1.0.0, generation 7: 2 of 2 instances swapped.');
    expect(result.stdout).toMatch(/serving-1 +activated +12 ms/);
    expect(result.stdout).toMatch(/serving-2 +activated +1\.4 s/);
  });

  it('a deployment that fails is printed and exits 1', async () => {
    const env = await against(
      following({ ...deployment, kind: 'deploy', state: 'failed', failure: 'serving-2 stayed silent' }),
    );
    const result = await invoke(['deploy', '--version', 'v1.1.0', '--reason', 'checked', '--force', '--json'], env);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ state: 'failed', failure: 'serving-2 stayed silent' });
    expect(sent(`${MODEL}/deploy`)).toMatchObject({ version: 'v1.1.0', reason: 'checked', force: true });
  });

  it('gives up waiting at the time-out and says that the deployment goes on', async () => {
    const env = await against(following({ ...deployment, state: 'staging' }));
    const result = await invoke(['rollback', '--reason', 'x', '--timeout', '0.2'], env);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('it goes on without this command');
  });

  it('a refused command shows the reason of the registry', async () => {
    const env = await against({
      [`POST ${MODEL}/rollback`]: problem(409, 'There is nothing to go back to: v1.0.0 is the first version.'),
    });
    const result = await invoke(['rollback', '--reason', 'x'], env);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toBe('error: There is nothing to go back to: v1.0.0 is the first version.\n');
  });

  it('a deploy against the verdict says how to force it', async () => {
    const detail = "The gate's verdict on v1.1.0 is fail; send force: true to deploy it all the same.";
    const refused = (_: unknown, response: ServerResponse): void => {
      response.writeHead(409, { 'content-type': 'application/problem+json' });
      const body = { type: 'about:blank', title: 'Command rejected', status: 409, detail, code: 'verdict-not-pass' };
      response.end(JSON.stringify(body));
    };
    const env = await against({ [`POST ${MODEL}/deploy`]: refused });
    const result = await invoke(['deploy', '--version', 'v1.1.0', '--reason', 'x'], env);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("error: The gate's verdict on v1.1.0 is fail.\n");
    expect(result.stderr).toContain('ratchet deploy --version v1.1.0 --force --reason "…"');
  });

  it('retrain --wait follows the run to its verdict', async () => {
    let request = '';
    const env = await against({
      [`POST ${MODEL}/retrain`]: (seen: { body: string }, response: ServerResponse) => {
        request = JSON.parse(seen.body).request_id;
        response.writeHead(202, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ request_id: request, model: 'backlink-outcome' }));
      },
      'GET /v1/runs': (_: unknown, response: ServerResponse) =>
        response.end(
          JSON.stringify([
            { ...run, run_id: ids.import },
            { ...run, request_id: request },
          ]),
        ),
      [`GET /v1/runs/${ids.run}`]: new InTurn([
        run,
        { ...run, state: 'done', stage: 'done', progress: 1, message: 'package written' },
        { ...run, state: 'done', stage: 'done', progress: 1, message: 'judged', version: 'v1.1.0', verdict: 'fail' },
      ]),
      [`GET ${MODEL}/versions/v1.1.0`]: detail,
    });
    const result = await invoke(
      ['retrain', '--wait', '--model-type', 'lightgbm', '--since-days', '14', '--no-auto-deploy'],
      env,
    );
    expect(result.code).toBe(0);
    expect(sent(`${MODEL}/retrain`)).toMatchObject({
      model_type: 'lightgbm',
      since_days: 14,
      auto_deploy: false,
      trigger: 'cli',
    });
    expect(result.stderr).toContain('train: round 100 of 200');
    expect(result.stderr).toContain('waiting for the verdict');
    expect(result.stdout).toMatch(/accuracy_improvement +fail/);
    expect(result.stdout).toContain('v1.1.0 is versioned and not deployed');
  });

  it('retrain --wait exits 1 with reason and remedy when the run fails', async () => {
    const failed = { ...run, state: 'failed', failure: 'only 12 rows', remedy: 'Import more feedback.' };
    const env = await against({
      [`POST ${MODEL}/retrain`]: (seen: { body: string }, response: ServerResponse) => {
        Object.assign(failed, { request_id: JSON.parse(seen.body).request_id });
        response.end(JSON.stringify({ request_id: failed.request_id, model: 'backlink-outcome' }));
      },
      'GET /v1/runs': [failed],
    });
    const result = await invoke(['retrain', '--wait'], env);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('only 12 rows');
    expect(result.stdout).toContain('Import more feedback.');
  });

  it('runs cancel ends a run by the beginning of its id, and says when it had ended before', async () => {
    const cancelled = { ...run, state: 'cancelled', message: 'cancelled by local: a mistake' };
    const env = await against({
      'GET /v1/runs': [run],
      [`POST /v1/runs/${ids.run}/cancel`]: { run_id: ids.run, model: 'backlink-outcome', state: 'running' },
      [`GET /v1/runs/${ids.run}`]: cancelled,
    });
    const result = await invoke(['runs', 'cancel', ids.run.slice(0, 8), '--reason', 'a mistake'], env);
    expect(result).toMatchObject({ code: 0, stdout: 'Run 00000000 was cancelled by local: a mistake\n' });
    expect(sent(`/v1/runs/${ids.run}/cancel`)).toEqual({ reason: 'a mistake' });

    await server?.close();
    const late = await against({
      [`POST /v1/runs/${ids.run}/cancel`]: { run_id: ids.run, model: 'backlink-outcome', state: 'running' },
      [`GET /v1/runs/${ids.run}`]: { ...run, state: 'done' },
    });
    const ended = await invoke(['runs', 'cancel', ids.run, '--reason', 'a mistake'], late);
    expect(ended).toMatchObject({ code: 1, stdout: 'Run 00000000 had ended before: it is done.\n' });
  });

  it('retrain --use-api collects before it asks for training', async () => {
    const env = await against({
      'POST /v1/collections': lines([{ ...imported, kind: 'historical' }]),
      [`POST ${MODEL}/retrain`]: { request_id: ids.request, model: 'backlink-outcome' },
    });
    const result = await invoke(['retrain', '--since-days', '3', '--use-api'], env);
    expect(result.code).toBe(0);
    expect(server?.received.map((r) => r.url)).toEqual(['/v1/collections', `${MODEL}/retrain`]);
    expect(sent('/v1/collections')).toEqual({ model: 'backlink-outcome', since_days: 3 });
  });

  it('token create prints the token alone on stdout', async () => {
    const env = await against({ 'POST /v1/tokens': { name: 'alice', role: 'operator', token: 'tok_1' } });
    const result = await invoke(['token', 'create', '--role', 'operator', '--name', 'alice'], env);
    expect(result).toMatchObject({ code: 0, stdout: 'tok_1\n' });
  });
});

describe('feeding', () => {
  const log = [
    '{"task_id":1,"action_attempted":"forum","result":"failed"}',
    '{"task_id":1}',
    'not "json", at all',
    '{}',
  ].join('\n');

  it('import streams the file, reports per reason and writes rejected rows with their line', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'automation_logs.jsonl'), log);
    const env = await against({ 'POST /v1/imports': lines([{ ...imported, rejections: [], done: false }, imported]) });
    const result = await invoke(['import', 'automation_logs.jsonl'], env, folder);
    expect(result.code).toBe(0);
    const request = server?.received[0];
    expect(request?.url).toBe('/v1/imports?name=automation_logs.jsonl&model=backlink-outcome');
    expect(request?.body).toBe(log);
    expect(result.stdout).toMatch(/taken +1/);
    expect(result.stdout).toMatch(/not-json +1/);
    const rejected = join(folder, 'automation_logs.jsonl.rejected.csv');
    expect(result.stdout).toContain(rejected);
    expect(readFileSync(rejected, 'utf8')).toBe(
      'line,reason,field,detail,row\n3,not-json,,expected one JSON object per line,"not ""json"", at all"\n',
    );
  });

  it('writes no file when nothing was rejected', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'a.jsonl'), log);
    const env = await against({ 'POST /v1/imports': lines([{ ...imported, rejections: [] }]) });
    expect((await invoke(['import', 'a.jsonl', '--json'], env, folder)).code).toBe(0);
    expect(existsSync(join(folder, 'a.jsonl.rejected.csv'))).toBe(false);
  });

  it('an import that ends early exits 1 and says that running it again is safe', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'a.jsonl'), log);
    const env = await against({ 'POST /v1/imports': lines([{ ...imported, done: false, rejections: [] }]) });
    const result = await invoke(['import', 'a.jsonl'], env, folder);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('run the same command again');
  });

  it('imports the others when a file is missing or not recognised, and fails at the end', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'a.jsonl'), log);
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    const unusable = problem(400, 'notes.txt does not tell what it is.', 'unusable-file');
    const inTurn = () => ({ 'POST /v1/imports': new InTurn([unusable, lines([{ ...imported, rejections: [] }])]) });
    const env = await against(inTurn());
    const args = ['import', 'gone.jsonl', 'notes.txt', 'a.jsonl'];
    const result = await invoke(args, env, folder);
    expect(result.code).toBe(1);
    expect(server?.received.map((r) => r.url)).toEqual([
      '/v1/imports?name=notes.txt&model=backlink-outcome',
      '/v1/imports?name=a.jsonl&model=backlink-outcome',
    ]);
    expect(result.stdout).toContain('1 of 3 files imported');
    expect(result.stderr).toContain('error: gone.jsonl: there is no such file');
    expect(result.stderr).toContain('error: notes.txt does not tell what it is');
    await server?.close();
    const document = JSON.parse((await invoke([...args, '--json'], await against(inTurn()), folder)).stdout);
    expect(document).toMatchObject([
      { source: 'a.jsonl', counts: imported.counts },
      { source: 'gone.jsonl', error: { message: expect.stringContaining('no such file') } },
      { source: 'notes.txt', error: {} },
    ]);
  });

  it('names columns and features that mean nothing, and exits 1 when nothing was taken', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'churn.csv'), 'month;churned\n3;maybe\n');
    const file = {
      format: 'csv',
      encoding: 'windows-1252',
      compression: null,
      delimiter: ';',
      unknown_columns: [{ column: 'month', closest: 'months' }],
      absent_columns: ['months'],
    };
    const counts = {
      read: 1,
      taken: 0,
      folded: 0,
      duplicate: 0,
      rejected: 1,
      rejected_by_reason: { 'unknown-label': 1 },
    };
    const rejections = [
      { line: 2, reason: 'unknown-label', field: 'churned', detail: 'expected one of yes, no; got "maybe"' },
    ];
    const features = [
      { feature: 'chanel', problem: 'unknown', rows: 1, closest: 'channel', detail: 'there is no such feature' },
    ];
    const dataset = { ...imported, kind: 'dataset', rejections: [] };
    const env = await against({
      'POST /v1/imports': lines([
        { ...dataset, file, done: false },
        { ...dataset, counts, rejections, features },
      ]),
    });
    const result = await invoke(['import', 'churn.csv', '--model', 'churn'], env, folder);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('churn.csv is read as windows-1252, cells separated by semicolon');
    expect(result.stderr).toContain('column "month" is no feature, and is not learnt from; did you mean "months"?');
    expect(result.stderr).toContain('no column for months');
    expect(result.stdout).toContain('unknown feature "chanel" in 1 row; did you mean "channel"?');
    expect(result.stdout).toContain(
      'Nothing was taken: 1 row rejected, 1 as unknown-label; line 2: churned: expected one of yes, no; got "maybe"',
    );
    expect((await invoke(['import', 'churn.csv', '--model', 'churn', '--json'], env, folder)).code).toBe(1);
  });

  it('does not try the other files when the service refuses one', async () => {
    const folder = emptyFolder();
    for (const name of ['a.jsonl', 'b.jsonl', 'c.jsonl']) writeFileSync(join(folder, name), log);
    const answers = new InTurn([lines([{ ...imported, rejections: [] }]), problem(503, 'Postgres is not there.')]);
    const env = await against({ 'POST /v1/imports': answers });
    const result = await invoke(['import', 'a.jsonl', 'b.jsonl', 'c.jsonl'], env, folder);
    expect(result.code).toBe(1);
    expect(server?.received).toHaveLength(2);
    expect(result.stdout).toContain('1 of 3 files imported');
    expect(result.stderr).toContain('Postgres is not there.');
    expect(result.stderr).toContain('not tried: c.jsonl');
  });

  it('collect takes logs and the historical API', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'shadow.jsonl'), '{"task_id":1,"rule_based_action":"forum"}\n');
    const env = await against({
      'POST /v1/imports': lines([{ ...imported, kind: 'shadow', rejections: [] }]),
      'POST /v1/collections': lines([imported]),
    });
    const result = await invoke(
      ['collect', '--use-api', '--since-days', '14', '--shadow-log', 'shadow.jsonl', '--json'],
      env,
      folder,
    );
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject([{ kind: 'shadow' }, { source: 'historical API', since_days: 14 }]);
  });

  it('collect with nothing to read says how to name a source', async () => {
    const result = await invoke(['collect'], await against({}));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('--use-api, --automation-log FILE or --shadow-log FILE');
  });
});

describe('what goes wrong', () => {
  it('the registry is not there', async () => {
    const gone = await startScriptedServer({});
    await gone.close();
    const result = await invoke(['status'], { RATCHET_URL: gone.url });
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain(`does not answer at ${gone.url} (ECONNREFUSED)`);
    expect(result.stderr).toContain('is RATCHET_URL right?');
  });

  it('finds the services of npm start by stack.json and the token beside it', async () => {
    server = await startScriptedServer({ 'GET /v1/models': [modelStatus] });
    const home = emptyFolder();
    writeFileSync(
      join(home, 'stack.json'),
      JSON.stringify({ registry: server.url, feedback_ingest: server.url, serving: [] }),
    );
    writeFileSync(join(home, 'token'), 'from-file\n');
    expect((await invoke(['status'], {}, home)).code).toBe(0);
    expect(server.received[0]?.headers.authorization).toBe('Bearer from-file');
  });

  it.each([
    ['RATCHET_TOKEN', { RATCHET_TOKEN: 'old' }, 'the one from RATCHET_TOKEN'],
    ['no token', { RATCHET_TOKEN: '' }, 'RATCHET_TOKEN is not set and'],
  ])('401 with %s says where the token came from', async (_, token, text) => {
    const env = { ...(await against({ 'GET /v1/models': problem(401, 'This token is not known here.') })), ...token };
    const result = await invoke(['status'], env);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(text);
  });

  it('with --json the error is the one document on stdout', async () => {
    const env = await against({ [`GET ${MODEL}`]: problem(404, 'There is no model "backlink-outcome".') });
    const result = await invoke(['status', '--model', 'backlink-outcome', '--json'], env);
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({
      error: { message: 'There is no model "backlink-outcome".', next: null, status: 404 },
    });
  });

  it('an answer of another release is named as such', async () => {
    const result = await invoke(['status'], await against({ 'GET /v1/models': [{ model: 'x' }] }));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('in a form this command does not know (field 0.generation');
  });

  it.each([
    [['rollback'], "required option '--reason <text>' not specified"],
    [['rollback', '--reason', ' '], '--reason: expected a reason'],
    [['info', '--version', '1.0'], '--version: expected a version like "v1.2.0"'],
    [['compare', 'v1.0.0', 'latest'], 'expected two versions'],
    [['retrain', '--model-type', 'svm'], 'Allowed choices are xgboost'],
    [['runs', '--limit', 'many'], '--limit: expected a number'],
    [['backup', 'list', '--limit', 'many'], 'See: ratchet backup list --help'],
    [['rolback'], 'Did you mean rollback?'],
  ])('%j is a usage error', async (args, text) => {
    const result = await invoke(args, await against({}));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(text);
    expect(server?.received).toEqual([]);
  });

  it('every command has examples in its help', async () => {
    const names = [
      'status',
      'watch',
      'list',
      'info',
      'compare',
      'runs',
      'history',
      'audit',
      'retrain',
      'deploy',
      'rollback',
      'drill',
      'import',
      'collect',
      'doctor',
      'completion',
    ];
    const nested = ['token create', 'models validate', 'dataset summary', 'dataset export'];
    nested.push('backup list', 'backup verify', 'backup restore', 'dlq list', 'dlq show', 'dlq replay');
    for (const args of [...names, ...nested].map((name) => name.split(' '))) {
      const result = await invoke([...args, '--help'], {});
      expect(result.code, args.join(' ')).toBe(0);
      expect(result.stdout, args.join(' ')).toContain('Examples:');
      expect(result.stdout, args.join(' ')).toContain('--json');
    }
  });
});
