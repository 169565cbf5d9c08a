import { Backbone } from '#backbone/backbone';
import { loadConfig } from '#platform/config';
import { LiveDefinitions } from '#platform/live-definitions';
import { SERVING_CONFIG, ServingEnv, servingConfig } from '../config.js';
import { Follower } from '../deployment/follower.js';
import { HeartbeatService } from '../deployment/heartbeat.js';
import { AboutModels } from '../inference/about-models.js';
import { Catalogue } from '../inference/catalogue.js';
import { serve } from '../serve.js';
import { PrimaryLink } from './primary-link.js';
import { AboutInstance } from './statistics.js';

/** One of the processes that answer for an instance: what an instance of one process is, with the primary in Kafka's place. */
const config = servingConfig(loadConfig(ServingEnv));
const backbone = new Backbone(config, { name: 'serving', instance: config.instance });
const primary = new PrimaryLink();

await serve(backbone, {
  transport: primary,
  producer: primary,
  instead: [
    {
      provide: AboutModels,
      useFactory: (...own: ConstructorParameters<typeof AboutModels>) => new AboutInstance(primary, ...own),
      inject: [Catalogue, Follower, SERVING_CONFIG],
    },
  ],
  configure: (app) => primary.handOn(app.getHttpAdapter().getInstance()),
  follows: (app) =>
    primary.follow({
      follower: app.get(Follower),
      definitions: app.get(LiveDefinitions),
      heartbeat: app.get(HeartbeatService),
      statistics: () => app.get(AboutModels).ownStatistics(undefined, undefined),
    }),
  mayListen: (app) => primary.untilMayListen({ heartbeat: app.get(HeartbeatService) }),
});
