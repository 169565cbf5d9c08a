import { Inject, Injectable } from '@nestjs/common';
import type { ModelMetadata, ServerMetadata } from '#contracts/http/inference';
import type { Acting } from '../deployment/acting.js';
import { Follower } from '../deployment/follower.js';
import { ACTION, type ServedVersion } from '../models/served-version.js';
import { MATRIX } from './infer.js';
import { InferRequestError } from './tensor.js';

/** A version that answers, and the state it answers under. */
export interface Responsible {
  readonly served: ServedVersion;
  readonly acting: Acting;
}

/** Which models and versions there are to ask. */
@Injectable()
export class Catalogue {
  constructor(@Inject(Follower) private readonly follower: Follower) {}

  server(): ServerMetadata {
    return {
      name: 'ratchet',
      version: '0.1.0',
      extensions: ['binary_tensor_data', 'model_configuration', 'statistics'],
    };
  }

  /** Every model's live version is in memory, and there is one. */
  ready(): boolean {
    const all = this.follower.all();
    return all.length > 0 && all.every(({ acting }) => acting !== null && acting.live !== null);
  }

  /** The live version, or the one named. Throws InferRequestError (404, 503). */
  responsible(model: string, version: string | undefined): Responsible {
    const followed = this.follower.followed(model);
    if (followed === null) {
      const names = this.follower.all().map(({ desired }) => desired.model);
      throw new InferRequestError(
        `model "${model}" is not served here; ${names.length === 0 ? 'no model is live yet' : `expected one of ${names.join(', ')}`}`,
        404,
      );
    }
    const { acting, shelf } = followed;
    if (acting === null) throw new InferRequestError(`model "${model}" is being loaded; ask again in a moment`, 503);
    const served = version === undefined ? acting.live : shelf.byVersion(version);
    if (served !== null) return { served, acting };
    if (version === undefined) throw new InferRequestError(`model "${model}" has no live version yet`, 503);
    throw new InferRequestError(
      `version "${version}" of "${model}" is not in memory here; expected one of ${
        shelf
          .all()
          .map(({ ref }) => ref.version)
          .join(', ') || 'none'
      }`,
      404,
    );
  }

  isReady(model: string, version: string | undefined): boolean {
    const followed = this.follower.followed(model);
    if (followed === null || followed.acting === null) return false;
    return version === undefined ? followed.acting.live !== null : followed.shelf.byVersion(version) !== null;
  }

  /** Is here, or is about to be. */
  isKnown(model: string, version: string | undefined): boolean {
    const followed = this.follower.followed(model);
    if (followed === null) return false;
    if (version === undefined || followed.shelf.byVersion(version) !== null) return true;
    const { live, staged, warm } = followed.desired;
    return [live, staged, ...warm].some((ref) => ref?.version === version);
  }

  metadata(model: string, version: string | undefined): ModelMetadata {
    const { served } = this.responsible(model, version);
    const { manifest, evaluator } = served;
    const isAction = manifest.definition.kind === 'action-outcome';
    const fields = [...served.fields];
    if (isAction) fields.push([ACTION, 'BYTES']);
    const shelf = this.follower.followed(model)?.shelf.all() ?? [];
    const live = this.follower.acting(model)?.live;
    const versions = [...shelf].sort((a, b) => Number(b === live) - Number(a === live)).map(({ ref }) => ref.version);
    return {
      name: model,
      versions: version === undefined ? versions : [version],
      platform: `ratchet_${manifest.backend.replaceAll('-', '_')}`,
      inputs: [{ name: MATRIX, datatype: 'FP32', shape: [-1, evaluator.width] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP64', shape: [-1, manifest.classes.length] },
        { name: 'decision', datatype: 'BYTES', shape: [-1] },
      ],
      raw_inputs: fields.map(([name, datatype]) => ({ name, datatype, shape: [-1] })),
      columns: manifest.columns,
    };
  }
}
