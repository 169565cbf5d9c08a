import { Inject, Injectable } from '@nestjs/common';
import { reportKeys } from '#artifacts/evaluation-report';
import { ArtifactMissingError, type ArtifactStore, StoreUnavailableError } from '#artifacts/store';
import { ratchet } from '#contracts/command-line';
import { ProblemError } from '#platform/problem';
import { ARTIFACT_STORE } from '../keys.js';
import { VersionReader } from './version-reader.js';

/** The pages that the evaluator wrote. */
@Injectable()
export class Reports {
  constructor(
    @Inject(VersionReader) private readonly versions: VersionReader,
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
  ) {}

  async read(model: string, name: string): Promise<string> {
    const { version, evaluation } = await this.versions.detail(model, name);
    if (evaluation === null)
      throw new ProblemError(
        404,
        'Not found',
        `${model} ${version} has no report: the evaluator has not judged it yet.`,
      );
    const { page } = reportKeys(evaluation);
    try {
      return (await this.store.get(page)).toString('utf8');
    } catch (error) {
      if (error instanceof ArtifactMissingError)
        throw new ProblemError(
          404,
          'Not found',
          `The report of ${model} ${version} is not at ${this.store.uri(page)} any more. Its numbers are kept: ${ratchet('info', model, `--version ${version}`)}`,
        );
      if (error instanceof StoreUnavailableError)
        throw new ProblemError(503, 'Artifact store unavailable', error.message);
      throw error;
    }
  }
}
