import { Inject, Injectable } from '@nestjs/common';
import { ArtifactMissingError, type ArtifactStore } from '#artifacts/store';
import type { ModelDefinition } from '#contracts/model-definition';
import { Manifest } from '#contracts/model-package';
import type { Logger } from '#platform/logging';
import { ARTIFACT_STORE, LOGGER, MODEL_DEFINITIONS } from '../tokens.js';

/** The definition that a package was trained with. */
@Injectable()
export class DefinitionSource {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * From the package's manifest. A package that is not in the store, or has no readable manifest, still gets its
   * number, from the definition as it is here now; no instance will activate it. Throws when the store does not answer.
   */
  async of(model: string, digest: string): Promise<ModelDefinition> {
    const key = `packages/${digest.replace(/^sha256:/, '')}/manifest.json`;
    const manifest = Manifest.safeParse(await this.read(key));
    if (manifest.success) return manifest.data.definition;
    const definition = this.definitions.get(model);
    if (definition === undefined)
      throw new Error(`${model} has neither a manifest at ${this.store.uri(key)} nor a definition in MODELS_DIR`);
    this.logger.warn({ model, digest, manifest: this.store.uri(key) }, 'no readable manifest: numbered by MODELS_DIR');
    return definition;
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
