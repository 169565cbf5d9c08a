/** One entry of the site's menu: what it is called, and its page without `.md`. */
export interface Entry {
  readonly text: string;
  readonly page: string;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const entry = (text: string, page: string): Entry => ({ text, page });

/** The menu of the documentation site. A test fails when a page is missing here. */
export const SITE_MAP: readonly Section[] = [
  {
    title: 'Begin',
    entries: [entry('Overview', 'index'), entry('Ten minutes', 'tutorial'), entry('The console', 'console')],
  },
  {
    title: 'How to',
    entries: [
      entry('Your own model', 'how-to/your-own-model'),
      entry('Your own engine', 'how-to/your-own-engine'),
      entry('Bring your scikit-learn, CatBoost or ONNX model', 'how-to/bring-your-model'),
      entry('Train on Spark', 'how-to/spark'),
      entry('Train somewhere else', 'how-to/external-trainer'),
      entry('Retrain on a schedule', 'how-to/schedule-retraining'),
      entry('Go to production', 'going-to-production'),
      entry('Scaling', 'scaling'),
      entry('Security', 'security'),
      entry('Two installations on one Kafka', 'how-to/two-installations'),
      entry('Upgrade', 'how-to/upgrading'),
      entry('Trace a decision', 'how-to/tracing'),
    ],
  },
  {
    title: 'Understand',
    entries: [
      entry('Architecture', 'architecture'),
      entry('Guarantees', 'guarantees'),
      entry('Reliability', 'reliability'),
      entry('Feedback', 'feedback'),
      entry('Training', 'training'),
      entry('Model packages', 'model-package'),
      entry('Judging', 'judging'),
      entry('Serving', 'serving'),
      entry('Performance', 'performance'),
      entry('The sample engine', 'sample-engine'),
    ],
  },
  {
    title: 'Look up',
    entries: [
      entry('Command line', 'reference/cli'),
      entry('HTTP', 'reference/http'),
      entry('Topics', 'reference/topics'),
      entry('Metrics', 'reference/metrics'),
      entry('Model files', 'reference/model-formats'),
      entry('Configuration', 'configuration'),
    ],
  },
  {
    title: 'Operate',
    entries: [
      entry('Alerts', 'operations/alerts'),
      entry('Notifications', 'operations/notifications'),
      entry('Grafana alert rules', 'operations/grafana'),
      entry('Rolling back', 'operations/rollback'),
      entry('After a disaster', 'operations/disaster-recovery'),
      entry('Services down', 'operations/services'),
      entry('Instances', 'operations/instances'),
      entry('Deployments', 'operations/deployments'),
      entry('Accuracy drop', 'operations/accuracy-drop'),
      entry('Data drift', 'operations/data-drift'),
      entry('Dataset shrunk', 'operations/dataset-shrunk'),
      entry('Dead letters', 'operations/dead-letters'),
      entry('Ingest lag', 'operations/ingest-lag'),
      entry('Feedback lost', 'operations/feedback-lost'),
      entry('Outbox', 'operations/outbox'),
      entry('Retraining failed', 'operations/retraining-failed'),
    ],
  },
  {
    title: 'Change it',
    entries: [entry('Decisions', 'decisions/index'), entry('Dependencies', 'dependencies')],
  },
];
