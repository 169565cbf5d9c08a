export interface KafkaSettings {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
  /** Further listeners, in Kafka's notation, and settings of server.properties that add to those here or replace them. */
  readonly listeners?: readonly string[];
  readonly more?: Readonly<Record<string, string>>;
}

/** Largest message the embedded broker takes, in bytes: room for events with 5 MB payloads and for batches of them. */
const MESSAGE_MAX_BYTES = 16 * 1024 * 1024;

/** server.properties of the single node: broker and KRaft controller in one, on loopback only. */
export function serverProperties({ port, controllerPort, dataDir, listeners = [], more = {} }: KafkaSettings): string {
  const settings: Record<string, string | number | boolean> = {
    'node.id': 1,
    'process.roles': 'broker,controller',
    listeners: [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`, ...listeners].join(','),
    'advertised.listeners': [`PLAINTEXT://127.0.0.1:${port}`, ...listeners].join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    // Read at every start, unlike a voter set recorded while formatting: the controller's port may be another each time.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': dataDir,
    // One node holds every copy.
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // The defaults of 50 cost start-up time and open files.
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.num.partitions': 4,
    // The wait is for more members of a group to appear; here it would only delay every start by 3 s.
    'group.initial.rebalance.delay.ms': 0,
    // After a crash the new broker waits until the controller has given up the old one.
    'broker.session.timeout.ms': 6000,
    'broker.heartbeat.interval.ms': 1000,
    // Topics come from the topic table; a misspelt one must fail.
    'auto.create.topics.enable': false,
    'message.max.bytes': MESSAGE_MAX_BYTES,
    'replica.fetch.max.bytes': MESSAGE_MAX_BYTES,
    // While nothing happens it notes that every half second, to show that it lives.
    'metadata.max.idle.interval.ms': 5000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    // The cleaner's buffer is 128 MB by default, a quarter of this heap.
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
    ...more,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}
