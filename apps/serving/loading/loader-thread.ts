import { parentPort, workerData } from 'node:worker_threads';
import { openArtifactStore } from '#artifacts/store';
import { transferables } from '#models/evaluators/forest';
import { perfectTransferables } from '#models/evaluators/walks/perfect-trees';
import { LoadFailure, loadPackage } from './load-package.js';
import type { LoaderReply, LoaderRequest, LoaderSettings } from './messages.js';
import { PackageCache } from './package-cache.js';

/**
 * The thread that reads packages. Parsing a model of many megabytes takes long and makes garbage; here neither is felt
 * by requests. The forest's arrays move over without a copy.
 */
const port = parentPort;
if (port === null) throw new Error('loader-thread is run by ModelLoader as a worker thread');

const { artifacts, cacheFolder }: LoaderSettings = workerData;
const reply = (message: LoaderReply, buffers: ArrayBuffer[] = []): void => port.postMessage(message, buffers);
const cache = new PackageCache(cacheFolder, openArtifactStore(artifacts), (message, error) =>
  reply({ kind: 'warning', message, detail: error instanceof Error ? error.message : String(error) }),
);

async function handle(request: LoaderRequest): Promise<void> {
  if (request.kind === 'keep-only') {
    await cache.keepOnly(request.digests);
    return;
  }
  const { id, digest } = request;
  try {
    const loaded = await loadPackage(cache, digest);
    const { forest, perfect } = loaded;
    reply({ kind: 'loaded', id, loaded }, [
      ...transferables(forest),
      ...(perfect === null ? [] : perfectTransferables(perfect)),
    ]);
  } catch (error) {
    const reason = error instanceof LoadFailure ? error.reason : 'unreadable-package';
    reply({ kind: 'failed', id, reason, detail: error instanceof Error ? error.message : String(error) });
  }
}

// One at a time: what is loaded first is needed first.
let last = Promise.resolve();
port.on('message', (request: LoaderRequest) => {
  last = last
    .then(() => handle(request))
    .catch((error: unknown) =>
      reply({
        kind: 'warning',
        message: `${request.kind} failed`,
        detail: error instanceof Error ? error.message : String(error),
      }),
    );
});
