import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ArtifactMissingError, type ArtifactStore, StoreUnavailableError } from '#artifacts/store';
import type { ModelDefinition } from '#contracts/model-definition';
import { Manifest } from '#contracts/model-package';
import type { Logger } from '#platform/logging';
import { ARTIFACT_STORE, LOGGER, MODEL_DEFINITIONS } from '../keys.js';

/**
 * How long to wait for the store at a time. Who asks is told by Kafka, one message after the other: while it waits, so do
 * commands and acknowledgements.
 */
const PATIENCE_MS = 500;

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** The definition that a package was trained with. */
@Injectable()
export class DefinitionSource {
  /** Reads that took longer than somebody waited, for when they ask again. */
  private readonly reading = new Map<string, Promise<Outcome>>();

  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: Pick<ArtifactStore, 'get' | 'uri'>,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * From the package's manifest. A package that is not in the store, or has no readable manifest, still gets its
   * number, from the definition as it is here now; no instance will activate it. Throws when the store does not
   * answer, or not soon: asked again, it may have.
   */
  async of(model: string, digest: string): Promise<ModelDefinition> {
    const key = `packages/${digest.replace(/^sha256:/, '')}/manifest.json`;
    const manifest = Manifest.safeParse(await this.soon(key));
    if (manifest.success) return manifest.data.definition;
    const definition = this.definitions.get(model);
    if (definition === undefined)
      throw new Error(`${model} has neither a manifest at ${this.store.uri(key)} nor a definition in MODELS_DIR`);
    this.logger.warn({ model, digest, manifest: this.store.uri(key) }, 'no readable manifest: numbered by MODELS_DIR');
    return definition;
  }

  private async soon(key: string): Promise<unknown> {
    const reading = this.reading.get(key) ?? this.settled(key);
    this.reading.set(key, reading);
    const outcome = await Promise.race([reading, pause(PATIENCE_MS, null, { ref: false })]);
    if (outcome === null)
      throw new StoreUnavailableError(`The artifact store has not given ${this.store.uri(key)} yet.`);
    this.reading.delete(key);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  private settled(key: string): Promise<Outcome> {
    return this.read(key).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  }

  private async read(key: string): Promise<unknown> {
    try {
      return JSON.parse((await this.store.get(key)).toString('utf8'));
    } catch (error) {
      if (error instanceof ArtifactMissingError || error instanceof SyntaxError) return null;
      throw error;
    }
  }
}
