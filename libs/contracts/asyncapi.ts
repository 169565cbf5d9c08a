import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS_VERSION } from './cloud-events.js';
import { type JsonObject, SchemaBook } from './json-schema.js';
import { TOPICS, type TopicDefinition } from './topics.js';

const BINDING_VERSION = '0.5.0';

/** What a message key holds, as a sentence. */
const KEYS: Record<TopicDefinition['key'], string> = {
  'task id': 'The task id as text, so that the attempts of one task stay in order.',
  'source key': 'The key of the message that could not be taken.',
  model: "The model's name, so that what happens to one model stays in order.",
  run: 'The run id.',
  'command id': 'The id of the command that was rejected.',
  instance: "The instance's name.",
  installation: 'The id of the installation’s database.',
};

/** `automation.outcomes` becomes `AutomationOutcomes`. */
const pascal = (topic: string): string =>
  topic
    .split(/[.-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const headers: JsonObject = {
  type: 'object',
  description:
    'CloudEvents 1.0 in binary content mode. A message without them is taken too: its id is then a UUIDv5 of topic and value, so that a resend is recognised.',
  properties: {
    [CLOUD_EVENT_HEADERS.specVersion]: { type: 'string', const: CLOUD_EVENTS_VERSION },
    [CLOUD_EVENT_HEADERS.id]: { type: 'string', description: 'A second event with this id is the same event.' },
    [CLOUD_EVENT_HEADERS.type]: { type: 'string', description: 'The topic, as the kind of the event.' },
    [CLOUD_EVENT_HEADERS.source]: { type: 'string', description: 'Who sent it.' },
    [CLOUD_EVENT_HEADERS.time]: { type: 'string', format: 'date-time' },
    [CLOUD_EVENT_HEADERS.contentType]: { type: 'string', const: 'application/json' },
    [CLOUD_EVENT_HEADERS.traceparent]: { type: 'string', description: 'W3C trace context.' },
  },
};

function channel(topic: string, definition: TopicDefinition): JsonObject {
  return {
    address: `{prefix}${topic}`,
    parameters: { prefix: { $ref: '#/components/parameters/prefix' } },
    summary: definition.summary,
    messages: { [pascal(topic)]: { $ref: `#/components/messages/${pascal(topic)}` } },
    bindings: {
      kafka: {
        partitions: definition.partitions,
        topicConfiguration: { 'cleanup.policy': [definition.cleanup] },
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

function message(topic: string, definition: TopicDefinition, book: SchemaBook): JsonObject {
  return {
    name: topic,
    title: pascal(topic),
    summary: definition.summary,
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/CloudEventHeaders' },
    payload: book.use(definition.schema, 'input'),
    bindings: {
      kafka: { key: { type: 'string', description: KEYS[definition.key] }, bindingVersion: BINDING_VERSION },
    },
  };
}

/** One operation per party and topic; AsyncAPI's `send` and `receive` are from that party's side. */
function operations(topic: string, definition: TopicDefinition): [string, JsonObject][] {
  const operation = (party: string, action: 'send' | 'receive'): [string, JsonObject] => {
    const id = `${party.replaceAll(' ', '-')}.${action}.${topic}`;
    const channelRef = `#/channels/${topic}`;
    return [
      id,
      {
        action,
        channel: { $ref: channelRef },
        summary: `${party} ${action === 'send' ? 'writes' : 'reads'} ${topic}.`,
        tags: [{ name: party }],
        messages: [{ $ref: `${channelRef}/messages/${pascal(topic)}` }],
      },
    ];
  };
  return [
    ...definition.producers.map((party) => operation(party, 'send')),
    ...definition.consumers.map((party) => operation(party, 'receive')),
  ];
}

/** The AsyncAPI 3.0 document of every topic. */
export function asyncApi(version: string): JsonObject {
  const topics: [string, TopicDefinition][] = Object.entries(TOPICS);
  const book = new SchemaBook(
    { draft: 'draft-07', prefix: '#/components/schemas/' },
    { inputs: topics.map(([, definition]) => definition.schema), outputs: [] },
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ratchet events',
      version,
      description:
        'Every Kafka topic of Ratchet. Values are JSON; fields that are not described here are kept, not rejected. The four compacted model topics together carry the desired state: the message with the highest generation holds.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      local: { host: '127.0.0.1:9092', protocol: 'kafka', description: 'What npm start brings up.' },
    },
    channels: Object.fromEntries(topics.map(([topic, definition]) => [topic, channel(topic, definition)])),
    operations: Object.fromEntries(topics.flatMap(([topic, definition]) => operations(topic, definition))),
    components: {
      parameters: {
        prefix: {
          description:
            'KAFKA_TOPIC_PREFIX of the installation: empty unless several share the cluster. Consumer groups begin with it as well.',
          default: '',
        },
      },
      messages: Object.fromEntries(
        topics.map(([topic, definition]) => [pascal(topic), message(topic, definition, book)]),
      ),
      schemas: { ...book.components(), CloudEventHeaders: headers },
    },
  };
}
