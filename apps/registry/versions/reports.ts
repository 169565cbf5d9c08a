import { Inject, Injectable } from '@nestjs/common';
import { reportKeys } from '#artifacts/evaluation-report';
import { ArtifactMissingError, type ArtifactStore, StoreUnavailableError } from '#artifacts/store';
import { ratchet } from '#contracts/command-line';
import { ProblemError } from '#platform/problem';
import { ARTIFACT_STORE } from '../keys.js';
import { Trials } from '../rollout/trials.js';
import { withTrials } from './trial-section.js';
import { VersionReader } from './version-reader.js';

/** The pages that the evaluator wrote, with the trials that came after. */
@Injectable()
export class Reports {
  constructor(
    @Inject(VersionReader) private readonly versions: VersionReader,
    @Inject(Trials) private readonly trials: Trials,
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
  ) {}

  async read(model: string, name: string): Promise<string> {
    const detail = await this.versions.detail(model, name);
    const { version, evaluation } = detail;
    if (evaluation === null)
      throw new ProblemError(
        404,
        'Not found',
        `${model} ${version} has no report: the evaluator has not judged it yet.`,
      );
    const { page } = reportKeys(evaluation);
    try {
      const written = (await this.store.get(page)).toString('utf8');
      return withTrials(written, await this.trials.of(detail));
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
