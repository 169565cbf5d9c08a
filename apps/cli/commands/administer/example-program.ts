import { ratchet } from '#contracts/command-line';
import type { ModelDefinition } from '#contracts/model-definition';

/** What the program needs, in a place of its own: systems refuse to have it in theirs. */
export const INSTALL = 'python3 -m venv .venv && .venv/bin/pip install confluent-kafka';
export const run = (model: string): string => `.venv/bin/python ${model}.py FILE`;

export interface ExampleOf {
  readonly definition: ModelDefinition;
  /** A usual case. */
  readonly features: Readonly<Record<string, string | number | boolean>>;
  /** Address of a serving instance. */
  readonly serving: string;
  readonly brokers: string;
}

/** How a cell of a CSV is written in JSON, by the type that the feature has in the example. */
const READERS = { number: 'float', boolean: 'lambda cell: cell.lower() == "true"', string: 'str' } as const;

function readerOf(value: string | number | boolean): string {
  if (typeof value === 'number') return READERS.number;
  return typeof value === 'boolean' ? READERS.boolean : READERS.string;
}

/** What is told of a case: its true class, or how the action went that was taken. */
function ending(definition: ModelDefinition): { told: string; check: string; count: string } {
  if (definition.kind === 'multi-class')
    return {
      told: `"label": row[${JSON.stringify(definition.label)}]`,
      check: `answer["decision"] == row[${JSON.stringify(definition.label)}]`,
      count: 'as it was decided',
    };
  return {
    told: '"action_attempted": answer["decision"], "result": "success" if carry_out(answer["decision"], row) else "failed"',
    check: 'answer["decision"] == row.get("type")',
    count: 'like column "type"',
  };
}

const CARRY_OUT = `
def carry_out(action, row):
    """Yours to write: does what was decided, and returns whether it succeeded."""
    return row.get("status", "success") == "success"

`;

/** A program that is whole: it asks for each row of a CSV, and tells how it ended. */
export function pythonProgram({ definition, features, serving, brokers }: ExampleOf): string {
  const { name } = definition;
  const end = ending(definition);
  const readers = Object.entries(features)
    .map(([feature, value]) => `    ${JSON.stringify(feature)}: ${readerOf(value)},\n`)
    .join('');
  return `"""Asks ${name} about each row of a CSV over HTTP, and tells over Kafka how it ended.

    ${INSTALL}
    ${run(name)}
"""
import csv
import json
import os
import sys
import time
import uuid
from urllib.request import Request, urlopen

from confluent_kafka import Producer

MODEL = ${JSON.stringify(name)}
SERVING = os.environ.get("SERVING_URL", ${JSON.stringify(serving)})
FEATURES = {
${readers}}

producer = Producer({
    "bootstrap.servers": os.environ.get("KAFKA_BROKERS", ${JSON.stringify(brokers)}),
    "enable.idempotence": True,  # acks=all, and a repeated send is one message
})
undelivered = []


def decide(task_id, features):
    """decision, confidence, probabilities, prediction_id and model_version."""
    body = json.dumps({"model": MODEL, "task_id": task_id, "features": features}).encode()
    with urlopen(Request(SERVING + "/v1/decide", body, {"content-type": "application/json"}), timeout=5) as answer:
        return json.load(answer)


def tell(outcome):
    """With an id of its own, an outcome that is sent again counts once."""
    producer.produce(
        "automation.outcomes",
        key=outcome["task_id"],
        value=json.dumps(outcome),
        headers={
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_type": "automation.outcomes",
            "ce_source": MODEL + ".py",
            "content-type": "application/json",
        },
        on_delivery=lambda error, message: error and undelivered.append(error.str()),
    )
    producer.poll(0)

${definition.kind === 'action-outcome' ? CARRY_OUT : ''}
right = told = 0
with open(sys.argv[1], newline="") as file:
    for number, row in enumerate(csv.DictReader(file), 1):
        task_id = row.get("task_id") or f"{sys.argv[1]}-{number}"
        features = {name: read(row[name]) for name, read in FEATURES.items() if row.get(name)}
        answer = decide(task_id, features)
        right += ${end.check}
        told += 1
        tell({
            "model": MODEL,
            "task_id": task_id,
            "timestamp": time.time(),
            ${end.told},
            "prediction_id": answer["prediction_id"],
            "model_version": answer["model_version"],
        })
producer.flush(30)
if undelivered:
    raise SystemExit(f"{len(undelivered)} outcomes are not in Kafka: {undelivered[0]}")
print(f"asked and told: {told}, {right} ${end.count}")
print("To learn from them: npx ${ratchet('retrain', name, '--wait --no-auto-deploy')}")
`;
}
