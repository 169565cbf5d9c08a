import { z } from 'zod';
import { comparedMetric } from '#contracts/compared-metrics';
import { AuditRecord } from '#contracts/http/audit';
import { DatasetSummary } from '#contracts/http/dataset';
import { Deployment } from '#contracts/http/deployments';
import { DeadLetterGroup, FeedbackSource } from '#contracts/http/feedback';
import { AccuracyPoint, DatasetGrowth, DriftCheck } from '#contracts/http/metrics';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { count, decimal, percent, plural, points, signed, signedCount } from '../../apps/console/src/format/numbers.js';
import type { RegistryClient } from '../e2e/registry-client.js';

/** Figures that stand together: in one row of a table, or one card. */
export interface Told {
  readonly place: 'row' | 'card' | 'figure';
  /** What the row begins with, or the title of the card. */
  readonly of: string;
  /** As the API has them, put as the console puts numbers. */
  readonly figures: readonly string[];
}

export interface PageOfFigures {
  readonly hash: string;
  readonly told: (api: RegistryClient) => Promise<Told[]>;
}

const row = (of: string, ...figures: string[]): Told => ({ place: 'row', of, figures });
const card = (of: string, ...figures: string[]): Told => ({ place: 'card', of, figures });
const figure = (of: string, ...figures: string[]): Told => ({ place: 'figure', of, figures });

const FORMS = {
  share: { plain: percent, difference: points },
  number: { plain: decimal, difference: signed },
  count: { plain: count, difference: signedCount },
} as const;

/** Every page that shows figures, with each of them as the API gives it. */
export function pagesOfFigures(model: string, [from, to]: readonly [string, string]): readonly PageOfFigures[] {
  const path = `/v1/models/${model}`;
  return [
    {
      hash: `#/${model}`,
      told: async (api) => {
        const status = await api.get(ModelStatus, path);
        const { live, generation, versions, dataset_rows, accuracy, rollback_to: back, last_run: run } = status;
        return [
          figure('Live version', `${live?.version} Generation ${generation}`, plural(versions, 'version')),
          figure('Live version', back ? `Way back: ${back.version}` : ''),
          figure('Accuracy now', percent(accuracy ? accuracy.correct / accuracy.outcomes : null)),
          figure('Accuracy now', `last ${plural(accuracy?.outcomes ?? 0, 'outcome')}`),
          figure('Dataset', `${count(dataset_rows)} rows`),
          figure('Last run', `${run?.version}`, `${run?.backend} on ${count(run?.rows)} rows`),
        ];
      },
    },
    {
      hash: `#/${model}/versions`,
      told: async (api) =>
        (await api.get(z.array(VersionSummary), `${path}/versions`)).map((each) => {
          const { accuracy, f1_macro, failure_rate_reduction: fewer } = each.evaluation_metrics;
          const shares = [accuracy, f1_macro, fewer].map((share) => percent(share));
          return row(each.version, each.state.replace('-', ' '), ...shares, count(each.dataset_size), each.backend);
        }),
    },
    {
      hash: `#/${model}/versions/${to}`,
      told: async (api) => {
        const {
          evaluation,
          training_stats: stats,
          dataset_size,
        } = await api.get(VersionDetail, `${path}/versions/${to}`);
        const metrics = evaluation?.challenger_metrics;
        if (!metrics) return [];
        return [
          row('Accuracy', percent(metrics.accuracy)),
          row('Macro F1', percent(metrics.f1_macro)),
          row('ROC AUC', decimal(metrics.roc_auc)),
          row('Log loss', decimal(metrics.log_loss)),
          row('Brier score', decimal(metrics.brier)),
          ...metrics.per_class.map(({ class: name, precision, recall, f1, support }) =>
            row(name, ...[precision, recall, f1].map((share) => percent(share)), count(support)),
          ),
          card(
            'Metadata',
            `${count(stats.n_train)} train, ${count(stats.n_validation)} validation, ${count(stats.n_test)} test`,
            `Features${count(stats.n_features)}`,
            `Rounds kept${count(stats.rounds)}`,
            `Training accuracy${percent(stats.train_accuracy)}`,
            `Validation accuracy${percent(stats.val_accuracy)}`,
            ...Object.entries(stats.class_counts).map(([name, rows]) => `${name} ${count(rows)}`),
          ),
          { place: 'card', of: '', figures: [`on ${count(dataset_size)} rows`] },
        ];
      },
    },
    {
      hash: `#/${model}/compare/${from}/${to}`,
      told: async (api) => {
        const compared = await api.get(VersionComparison, `${path}/compare?from=${from}&to=${to}`);
        const same = compared.same_holdout ? [] : (compared.same_rows?.metrics ?? []);
        return [...compared.metrics, ...same].map((line) => {
          const { title, form } = comparedMetric(line.metric);
          const { plain, difference } = FORMS[form];
          return row(title, plain(line.from), plain(line.to), difference(line.difference));
        });
      },
    },
    {
      hash: `#/${model}/deployments`,
      told: async (api) =>
        (await api.get(z.array(Deployment), `${path}/deployments`)).map((each) =>
          row(
            `${each.from_version ?? 'nothing'} → ${each.to_version}`,
            each.kind,
            String(each.generation),
            each.reason,
          ),
        ),
    },
    {
      hash: `#/${model}/runs`,
      told: async (api) =>
        (await api.get(z.array(Run), `/v1/runs?model=${model}`)).map((run) =>
          row(run.run_id.slice(0, 8), run.state, run.version ?? '', run.backend, count(run.rows)),
        ),
    },
    {
      hash: `#/${model}/live`,
      told: async (api) => {
        const all = await api.get(z.array(AccuracyPoint), `/v1/metrics/accuracy?model=${model}&since_days=30`);
        const [check] = await api.get(z.array(DriftCheck), `/v1/metrics/drift?model=${model}`);
        const versions = [...new Set(all.map(({ version }) => version))];
        return [
          ...versions.map((version) => {
            const own = all.filter((point) => point.version === version);
            const sum = (of: (point: AccuracyPoint) => number): number => own.reduce((n, point) => n + of(point), 0);
            const outcomes = sum((point) => point.outcomes);
            const accuracy = sum((point) => point.correct) / outcomes;
            const reference = own.findLast((point) => point.reference !== null)?.reference ?? null;
            return row(
              version,
              percent(accuracy),
              percent(reference),
              reference === null ? '–' : points(accuracy - reference),
              percent(sum((point) => point.failures) / outcomes),
              count(outcomes),
            );
          }),
          ...(check === undefined ? [] : [card('Drift of the inputs', `${count(check.rows)} rows against those of`)]),
          ...(check?.features ?? []).map(({ feature, psi, drifted }) =>
            row(
              feature === 'prediction' ? 'how sure its decisions are' : feature,
              psi.toFixed(3),
              drifted ? 'drifted' : 'steady',
            ),
          ),
        ];
      },
    },
    {
      hash: `#/${model}/feedback`,
      told: async (api) => {
        const growth = await api.get(z.array(DatasetGrowth), `/v1/metrics/dataset?model=${model}`);
        const { rows, features } = await api.get(DatasetSummary, `/v1/dataset/summary?model=${model}`);
        const sources = await api.get(z.array(FeedbackSource), '/v1/metrics/feedback');
        const letters = await api.get(z.array(DeadLetterGroup), '/v1/dead-letters');
        return [
          ...sources.map(({ topic, lag, events }) => row(topic, lag === null ? 'unknown' : count(lag), count(events))),
          card('Dataset growth', `${count(growth.at(-1)?.rows)} rows`, `${count(growth.at(-1)?.rows)} in all`),
          ...features.map(({ feature, present }) => row(feature, percent(rows === 0 ? null : present / rows))),
          ...letters.map(({ reason, waiting, replayed, topic }) =>
            card(
              'Dead letters',
              `${reason} on ${topic}`,
              `${plural(waiting, 'message')} waiting, ${count(replayed)} sent again`,
            ),
          ),
        ];
      },
    },
    {
      hash: `#/${model}/audit`,
      told: async (api) =>
        (await api.get(z.array(AuditRecord), `/v1/audit?model=${model}&general=true&limit=20`)).map(
          ({ sequence, action, reason, hash, actor }) =>
            row(String(sequence), actor, action, reason.slice(0, 60), hash.slice(0, 10)),
        ),
    },
  ];
}
