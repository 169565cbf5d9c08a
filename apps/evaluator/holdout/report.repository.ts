import { Inject, Injectable } from '@nestjs/common';
import { reportKeys } from '#artifacts/evaluation-report';
import type { ArtifactStore } from '#artifacts/store';
import type { ModelEvaluated } from '#contracts/events/evaluation';
import { ARTIFACT_STORE } from '../keys.js';
import { evaluationPage } from '../report/page.js';
import type { Evaluation } from './evaluation.service.js';

/** Reports in the artifact store: a page for people, and its numbers. */
@Injectable()
export class ReportRepository {
  constructor(@Inject(ARTIFACT_STORE) private readonly store: ArtifactStore) {}

  /** Writes both files and returns the event with the page's address. Writing again replaces them with the same. */
  async write({ event, details }: Evaluation): Promise<ModelEvaluated> {
    const keys = reportKeys(event);
    const complete: ModelEvaluated = { ...event, report_uri: this.store.uri(keys.page) };
    const numbers = JSON.stringify({ ...complete, details }, null, 2);
    await this.store.put(keys.numbers, Buffer.from(`${numbers}\n`));
    await this.store.put(keys.page, Buffer.from(evaluationPage(complete, details)));
    return complete;
  }
}
