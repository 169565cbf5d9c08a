import { type DynamicModule, Module } from '@nestjs/common';
import type { Backbone } from '#backbone/backbone';
import type { KafkaTransport } from '#kafka/transport';
import { METRICS_TEXT, READINESS_CHECKS } from '#platform/health';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { Acknowledger } from '../deployment/acknowledger.js';
import { DesiredStateController } from '../deployment/desired-state.controller.js';
import { Follower } from '../deployment/follower.js';
import { HeartbeatService } from '../deployment/heartbeat.js';
import { PRODUCER, TRANSPORT } from '../keys.js';
import { Drain } from '../lifecycle/drain.js';
import { readinessChecks } from '../lifecycle/readiness.js';
import type { InstanceAnswer } from './messages.js';
import { PrimaryLifecycle } from './primary-lifecycle.js';
import { STATISTICS_PATH } from './statistics.js';
import { Workers } from './workers.js';

@Module({})
class PrimaryModule {}

/**
 * Runs an instance with several workers. This process hears Kafka, and speaks for the instance: heartbeats, acknowledgements, health,
 * metrics. It answers no predictions and has no model in memory.
 */
export async function keepWorkers(backbone: Backbone<ServingConfig>, transport: KafkaTransport): Promise<void> {
  const { config, logger, producer } = backbone;
  const definitions = backbone.followModelDefinitions('topic', transport);
  const acknowledger = new Acknowledger(producer, config, logger);
  const workers = new Workers({ config, acknowledger, definitions, logger });
  backbone.loops.push(workers.loop);
  const module: DynamicModule = {
    module: PrimaryModule,
    controllers: [DesiredStateController],
    providers: [
      { provide: SERVING_CONFIG, useValue: config },
      { provide: TRANSPORT, useValue: transport },
      { provide: PRODUCER, useValue: producer },
      { provide: Workers, useValue: workers },
      { provide: Follower, useExisting: Workers },
      { provide: METRICS_TEXT, useValue: () => workers.metrics() },
      {
        provide: READINESS_CHECKS,
        useFactory: (drain: Drain, heartbeat: HeartbeatService) => [
          ...readinessChecks(workers, transport, drain, heartbeat),
          { name: 'workers', advisory: true, check: () => workers.missing() },
        ],
        inject: [Drain, HeartbeatService],
      },
      HeartbeatService,
      Drain,
      PrimaryLifecycle,
    ],
  };
  await backbone.run(module, {
    readiness: 'its own',
    liveness: [{ name: 'workers', check: () => workers.lost() }],
    details: { workers: () => workers.count() },
    measureRequests: false,
    listens: false,
    beforeListening: async (app) => {
      const fastify = app.getHttpAdapter().getInstance();
      await workers.start(async (path): Promise<InstanceAnswer> => {
        if (path === STATISTICS_PATH)
          return { status: 200, type: 'application/json', body: JSON.stringify(await workers.statistics()) };
        const { statusCode, headers, body } = await fastify.inject({ url: path });
        return { status: statusCode, type: String(headers['content-type']), body };
      });
    },
  });
}
