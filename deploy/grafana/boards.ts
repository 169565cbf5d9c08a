import type { Panel } from './panel.js';

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
}

const M = 'model=~"$model"';

export const LOOP: Board = {
  uid: 'ratchet-loop',
  title: 'Ratchet: loop',
  description: 'What is live, how good it is, and what the loop is doing about it.',
  panels: [
    {
      title: 'Live version',
      kind: 'stat',
      width: 6,
      height: 4,
      queries: [
        {
          expr: `max by (model, version) (ratchet_live_version_info{${M}})`,
          legend: '{{model}} {{version}}',
          instant: true,
        },
      ],
    },
    {
      title: 'Live since',
      kind: 'stat',
      width: 6,
      height: 4,
      unit: 'dateTimeFromNow',
      queries: [
        {
          expr: `max by (model) (ratchet_live_since_timestamp_seconds{${M}}) * 1000`,
          legend: '{{model}}',
          instant: true,
        },
      ],
    },
    {
      title: 'Open alerts',
      kind: 'stat',
      width: 6,
      height: 4,
      bad: 1,
      queries: [{ expr: `sum(max by (model, alert) (ratchet_open_alerts{${M}}))`, legend: 'open', instant: true }],
    },
    {
      title: 'Serving instances',
      kind: 'stat',
      width: 6,
      height: 4,
      queries: [
        { expr: 'max(ratchet_instances)', legend: 'there', instant: true },
        { expr: 'max(ratchet_instances_missing)', legend: 'missing', instant: true },
        { expr: `max by (model) (ratchet_instances_behind{${M}})`, legend: 'behind', instant: true },
      ],
    },
    {
      title: 'Accuracy over time, per version',
      description:
        'Share of judged decisions that were right, within the last hour; dashed in the legend by name is what the holdout led to expect.',
      kind: 'timeseries',
      width: 12,
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: [
        { expr: `max by (model, version) (ratchet_live_accuracy{${M}})`, legend: '{{version}}' },
        { expr: `max by (model, version) (ratchet_live_accuracy_reference{${M}})`, legend: '{{version}} expected' },
      ],
    },
    {
      title: 'How near an accuracy alarm is',
      description: '0 is healthy, 1 is the alarm.',
      kind: 'timeseries',
      width: 6,
      min: 0,
      bad: 1,
      queries: [{ expr: `max by (model, version) (ratchet_accuracy_drop_level{${M}})`, legend: '{{version}}' }],
    },
    {
      title: 'Failure rate',
      kind: 'timeseries',
      width: 6,
      unit: 'percentunit',
      min: 0,
      queries: [{ expr: `max by (model, version) (ratchet_live_failure_rate{${M}})`, legend: '{{version}}' }],
    },
    {
      title: 'Accuracy per version, over its life',
      kind: 'table',
      width: 8,
      unit: 'percentunit',
      queries: [{ expr: `max by (model, version) (ratchet_version_accuracy{${M}})`, legend: '', instant: true }],
    },
    {
      title: 'Deployments and rollbacks a week',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [
        {
          expr: `sum by (kind, state) (max by (model, kind, state) (increase(ratchet_deployments_total{${M},kind!="drill"}[7d])))`,
          legend: '{{kind}} {{state}}',
        },
      ],
    },
    {
      title: 'Rollback rate, over 30 days',
      description: 'Rollbacks among all changes of the live version. Should be low.',
      kind: 'stat',
      width: 8,
      unit: 'percentunit',
      bad: 0.3,
      queries: [
        {
          expr: `sum(max by (model, kind) (increase(ratchet_deployments_total{${M},kind="rollback",state="done"}[30d]))) / sum(max by (model, kind) (increase(ratchet_deployments_total{${M},kind=~"deploy|rollback",state="done"}[30d])))`,
          legend: 'rollback rate',
          instant: true,
        },
      ],
    },
    {
      title: 'Training runs an hour',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [
        { expr: `sum by (outcome) (increase(ratchet_training_runs_total{${M}}[1h]))`, legend: '{{outcome}}' },
        { expr: 'max(ratchet_training_queued_runs)', legend: 'waiting now' },
      ],
    },
    {
      title: 'Verdicts a day',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [{ expr: `sum by (verdict) (increase(ratchet_evaluations_total{${M}}[1d]))`, legend: '{{verdict}}' }],
    },
    {
      title: 'Deployment under way',
      kind: 'timeseries',
      width: 8,
      unit: 's',
      min: 0,
      queries: [
        { expr: `max by (model, phase) (ratchet_deployment_running_seconds{${M}})`, legend: '{{model}} {{phase}}' },
      ],
    },
    {
      title: 'Events that wait in an outbox',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [{ expr: 'max by (schema) (ratchet_outbox_waiting_events)', legend: '{{schema}}' }],
    },
    {
      title: 'Age of the oldest of them',
      kind: 'timeseries',
      width: 8,
      unit: 's',
      min: 0,
      bad: 60,
      queries: [{ expr: 'max by (schema) (ratchet_outbox_oldest_seconds)', legend: '{{schema}}' }],
    },
    {
      title: 'HTTP requests, 99th percentile',
      kind: 'timeseries',
      width: 8,
      unit: 's',
      min: 0,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, job) (rate(ratchet_http_request_seconds_bucket[5m])))',
          legend: '{{job}}',
        },
      ],
    },
  ],
};

export const SERVING: Board = {
  uid: 'ratchet-serving',
  title: 'Ratchet: serving',
  description: 'Predictions, their latency, and how instances follow the desired state.',
  panels: [
    {
      title: 'Predictions a second, by version and role',
      kind: 'timeseries',
      width: 12,
      unit: 'reqps',
      min: 0,
      queries: [
        {
          expr: `sum by (version, role) (rate(ratchet_serving_predictions_total{${M}}[1m]))`,
          legend: '{{version}} {{role}}',
        },
      ],
    },
    {
      title: 'Decide, latency',
      kind: 'timeseries',
      width: 6,
      unit: 's',
      min: 0,
      queries: [0.5, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${quantile}, sum by (le) (rate(ratchet_serving_decide_seconds_bucket[1m])))`,
        legend: `${quantile}`,
      })),
    },
    {
      title: 'Infer, latency (HTTP and gRPC)',
      kind: 'timeseries',
      width: 6,
      unit: 's',
      min: 0,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(ratchet_serving_infer_seconds_bucket[1m])))',
          legend: 'HTTP 0.99',
        },
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(ratchet_serving_grpc_infer_seconds_bucket[1m])))',
          legend: 'gRPC 0.99',
        },
      ],
    },
    {
      title: 'Refused requests a second',
      kind: 'timeseries',
      width: 8,
      unit: 'reqps',
      min: 0,
      queries: [
        {
          expr: 'sum by (endpoint, status) (rate(ratchet_serving_refused_total[5m]))',
          legend: '{{endpoint}} {{status}}',
        },
      ],
    },
    {
      title: 'Swaps',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [
        {
          expr: `sum by (instance, cause) (increase(ratchet_serving_swaps_total{${M}}[5m]))`,
          legend: '{{instance}} {{cause}}',
        },
      ],
    },
    {
      title: 'Generation each instance acts by',
      kind: 'timeseries',
      width: 8,
      queries: [
        { expr: `max by (instance, which) (ratchet_serving_generation{${M}})`, legend: '{{instance}} {{which}}' },
        { expr: `max by (model) (ratchet_generation{${M}})`, legend: '{{model}} desired' },
      ],
    },
    {
      title: 'Time to load a package, 99th percentile',
      kind: 'timeseries',
      width: 8,
      unit: 's',
      min: 0,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, outcome) (rate(ratchet_serving_load_seconds_bucket[15m])))',
          legend: '{{outcome}}',
        },
        {
          expr: `sum by (reason) (increase(ratchet_serving_load_failures_total{${M}}[15m]))`,
          legend: 'failed: {{reason}}',
        },
      ],
    },
    {
      title: 'Predictions that wait for Kafka, and dropped ones',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [
        { expr: 'max by (instance) (ratchet_serving_prediction_log_waiting)', legend: '{{instance}} waiting' },
        {
          expr: 'sum by (instance) (increase(ratchet_serving_prediction_log_dropped_total[5m]))',
          legend: '{{instance}} dropped',
        },
      ],
    },
    {
      title: 'Connected to Kafka',
      kind: 'state-timeline',
      width: 8,
      queries: [{ expr: 'max by (instance) (ratchet_serving_kafka_connected)', legend: '{{instance}}' }],
    },
  ],
};

export const FEEDBACK: Board = {
  uid: 'ratchet-feedback',
  title: 'Ratchet: feedback',
  description: 'From the topics into the dataset, and what is wrong with it.',
  panels: [
    {
      title: 'Messages a second, by what became of them',
      kind: 'timeseries',
      width: 12,
      unit: 'reqps',
      min: 0,
      queries: [
        { expr: 'sum by (topic, outcome) (rate(ratchet_ingest_messages_total[1m]))', legend: '{{topic}} {{outcome}}' },
      ],
    },
    {
      title: 'Messages behind',
      kind: 'timeseries',
      width: 12,
      min: 0,
      bad: 10_000,
      queries: [{ expr: 'max by (topic) (ratchet_ingest_topic_lag_messages)', legend: '{{topic}}' }],
    },
    {
      title: 'Rows of the dataset',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [
        { expr: `max by (model) (ratchet_dataset_rows{${M}})`, legend: '{{model}}' },
        { expr: `max by (model) (ratchet_dataset_trained_rows{${M}})`, legend: '{{model}} at the last training' },
      ],
    },
    {
      title: 'New rows this week',
      kind: 'stat',
      width: 8,
      queries: [{ expr: `max by (model) (ratchet_dataset_new_rows{${M}})`, legend: '{{model}}', instant: true }],
    },
    {
      title: 'Dead letters that wait',
      kind: 'timeseries',
      width: 8,
      min: 0,
      bad: 1,
      queries: [{ expr: 'max by (topic) (ratchet_dead_letters_waiting)', legend: '{{topic}}' }],
    },
    {
      title: 'Refused an hour, by reason',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [{ expr: 'sum by (reason) (increase(ratchet_ingest_rejected_total[1h]))', legend: '{{reason}}' }],
    },
    {
      title: 'A batch from Kafka to its commit',
      kind: 'timeseries',
      width: 8,
      unit: 's',
      min: 0,
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, topic) (rate(ratchet_ingest_batch_seconds_bucket[5m])))',
          legend: '{{topic}} 0.99',
        },
      ],
    },
    {
      title: 'Stored and not yet in the dataset',
      kind: 'timeseries',
      width: 8,
      min: 0,
      queries: [{ expr: 'max(ratchet_fold_waiting_rows)', legend: 'rows' }],
    },
    {
      title: 'Drift, per feature',
      description: 'Population stability index against the training rows of the live version; 0.25 is much.',
      kind: 'timeseries',
      width: 12,
      min: 0,
      bad: 0.25,
      queries: [{ expr: `max by (feature) (ratchet_drift_psi{${M}})`, legend: '{{feature}}' }],
    },
    {
      title: 'Outcomes that were compared with their prediction, a second',
      kind: 'timeseries',
      width: 12,
      unit: 'reqps',
      min: 0,
      queries: [{ expr: `sum by (version) (rate(ratchet_monitored_outcomes_total{${M}}[5m]))`, legend: '{{version}}' }],
    },
  ],
};

export const BOARDS: readonly Board[] = [LOOP, SERVING, FEEDBACK];
