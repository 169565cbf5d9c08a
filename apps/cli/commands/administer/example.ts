import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { DatasetSummary } from '#contracts/http/dataset';
import type { ModelDefinition } from '#contracts/model-definition';
import { useFeature } from '#features/kinds';
import { defineCommand, type Session } from '../../cli.js';
import { shellWord } from '../../output/shell-word.js';
import { INSTALL, pythonProgram, run } from './example-program.js';

type Features = Record<string, string | number | boolean>;

const SERVING = 'http://127.0.0.1:7410';
const BROKERS = '127.0.0.1:9092';

/** A case as the dataset's rows usually are; something that may be where no row says it. */
function usualCase(definition: ModelDefinition, summary: DatasetSummary | null): Features {
  const features: Features = {};
  for (const feature of definition.features) {
    const { source, reading } = useFeature(feature);
    if (source.from === 'url') {
      features[source.field] ??= 'https://www.example.org/page';
      continue;
    }
    const seen = summary?.features.find((each) => each.feature === feature.name);
    const frequent = seen?.most_frequent[0]?.value;
    const values = {
      number: seen?.numbers ? Math.round(seen.numbers.mean * 100) / 100 : 1,
      boolean: frequent !== 'false',
      text: frequent ?? 'unknown',
    };
    features[feature.name] ??= values[reading.expected];
  }
  return features;
}

const curl = (serving: string, body: unknown): string =>
  `curl -s ${serving}/v1/decide -H 'content-type: application/json' -d ${shellWord(JSON.stringify(body))}`;

async function summaryOf({ ingest }: Session, model: string): Promise<DatasetSummary | null> {
  // It only makes the example a better one.
  return ingest.call('summariseDataset', { query: { model } }).catch(() => null);
}

export const example = defineCommand({
  usage: 'example <model>',
  summary: 'How a model is asked, and told how it was: a command or a program to begin with',
  description:
    'Prints a command that asks for a decision about a usual case of the dataset, with the address of this installation. With --python, a program that asks over HTTP for each row of a CSV and tells over Kafka how it ended.',
  options: [new Option('--python', 'a Python program, with confluent-kafka').default(false)],
  schema: z.object({ python: z.boolean() }),
  examples: ['ratchet models example backlink-outcome', 'ratchet models example churn --python > churn.py'],
  async run(session, { python }, [model = '']) {
    const { screen, registry, settings } = session;
    const { definition } = await registry.call('readDefinition', { params: { model } });
    const features = usualCase(definition, await summaryOf(session, model));
    const serving = settings.stack?.serving[0] ?? SERVING;
    const brokers = settings.stack?.kafka_brokers ?? BROKERS;
    if (python) {
      const program = pythonProgram({ definition, features, serving, brokers });
      if (screen.json) return screen.result({ program }, () => []);
      screen.bytes(Buffer.from(program));
      screen.note(`It needs confluent-kafka: ${INSTALL}`);
      return screen.note(`Run it with a CSV of cases: ${run(model)}`);
    }
    const body = { model, task_id: 'example-1', features };
    screen.result({ url: `${serving}/v1/decide`, body }, () => [curl(serving, body)]);
    if (!screen.json)
      screen.note(
        `To ask from a program and tell how it was: ${ratchet('models example', null, `${model} --python > ${model}.py`)}`,
      );
  },
});
