// Imports point one way: apps -> backbone -> outbox, http -> kafka, database, artifacts, platform -> models -> domain -> contracts -> features.
const layers = [
  ['features'],
  ['contracts'],
  ['domain'],
  ['models'],
  ['kafka', 'database', 'artifacts', 'platform'],
  ['outbox', 'http'],
  ['backbone'],
];

/** What each library may not import: every library of a layer above it. */
const upward = layers.flatMap((layer, depth) =>
  layer.map((lib) => ({
    name: `${lib}-imports-downwards`,
    comment: `libs/${lib} must not know of the layers above it.`,
    severity: 'error',
    // The queue of runs writes events; it is on its way to apps/trainer/storage.
    from: { path: `^libs/${lib}/`, pathNot: '^libs/database/training/(run-queue|slots)[.]ts$' },
    to: {
      path: `^(apps/|deploy/|test/|libs/(${
        layers
          .slice(depth + 1)
          .flat()
          .join('|') || '(?!)'
      })/)`,
    },
  })),
);

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'kafka-and-database-are-strangers',
      comment: 'What needs both stands above them: the outbox, the backbone.',
      severity: 'error',
      from: { path: '^libs/(kafka|database)/' },
      to: { path: '^libs/(kafka|database)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'apps-are-strangers',
      comment: 'Services meet on topics and HTTP, never in code.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'Decisions take numbers and return verdicts; nothing in them touches the outside.',
      severity: 'error',
      from: { path: '^libs/(domain|contracts|features)/', pathNot: '^libs/contracts/generate|[.]test[.]ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'kafkajs-stays-in-one-folder',
      comment:
        'The client is unmaintained; its successor must be one folder of work. Tests may speak as any other client.',
      severity: 'error',
      from: { pathNot: '^(libs/kafka|test)/' },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|apps/console)/' },
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['ratchet-source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
