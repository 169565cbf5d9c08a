import { Gauge } from 'prom-client';
import type { ServingTransport } from '../keys.js';

/** Shows in the metrics whether the desired state can come. */
export function showConnected(transport: Pick<ServingTransport, 'health'>): void {
  new Gauge({
    name: 'ratchet_serving_kafka_connected',
    help: '1 while the desired state is being read from Kafka, 0 while this instance is cut off.',
    aggregator: 'min',
    collect() {
      this.set(transport.health() === null ? 1 : 0);
    },
  });
}
