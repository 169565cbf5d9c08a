import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import type { ModelEvaluated } from '#contracts/events/evaluation';
import { ARTIFACT_STORE } from '../keys.js';
import { evaluationPage } from '../report/page.js';
import type { Evaluation } from './evaluation.service.js';

/** Reports in the artifact store, `evaluations/<package>/<holdout>/evaluation.{json,html}`. */
@Injectable()
export class ReportRepository {
  constructor(@Inject(ARTIFACT_STORE) private readonly store: ArtifactStore) {}

  /** Writes both files and returns the event with the page's address. Writing again replaces them with the same. */
  async write({ event, details }: Evaluation): Promise<ModelEvaluated> {
    const folder = `evaluations/${hexOf(event.trained.digest)}/${hexOf(event.holdout.snapshot_hash)}`;
    const page = `${folder}/evaluation.html`;
    const complete: ModelEvaluated = { ...event, report_uri: this.store.uri(page) };
    const numbers = JSON.stringify({ ...complete, details }, null, 2);
    await this.store.put(`${folder}/evaluation.json`, Buffer.from(`${numbers}\n`));
    await this.store.put(page, Buffer.from(evaluationPage(complete, details)));
    return complete;
  }
}
