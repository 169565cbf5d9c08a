import { Controller, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { storableText } from '#domain/audit/canonical-json';
import { inWords } from '#domain/monitoring/drift-words';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { DeploymentDecisions } from '../deployments/decisions.service.js';
import { AlertStore } from '../storage/alert-store.js';
import { Registration } from './registration.service.js';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** News from the trainer, the evaluator and the ingest. */
@Controller()
export class TrainingEventsController {
  constructor(
    @Inject(Registration) private readonly registration: Registration,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(DataSource) private readonly dataSource: DataSource,
  ) {}

  @OnEvent('model.trained')
  trained({ value }: IncomingEvent<'model.trained'>): Promise<void> {
    return this.registration.trained(value);
  }

  @OnEvent('model.evaluated')
  evaluated({ value }: IncomingEvent<'model.evaluated'>): Promise<void> {
    return this.registration.evaluated(value);
  }

  @OnEvent('model.accuracy-drop')
  accuracyDrop({ value }: IncomingEvent<'model.accuracy-drop'>): Promise<void> {
    const { model, version, generation, live_accuracy, reference_accuracy, outcomes } = value;
    const detail = `live accuracy ${percent(live_accuracy)} instead of ${percent(reference_accuracy)} over ${outcomes} outcomes`;
    return this.decisions.run(model, [{ kind: 'accuracy-drop', version, generation, detail }]);
  }

  @OnEvent('training.failed')
  trainingFailed({ value }: IncomingEvent<'training.failed'>): Promise<void> {
    const detail = storableText(
      `run ${value.run_id} failed at ${value.stage}: ${value.reason.replace(/\.$/, '')}. ${value.remedy}`,
    );
    return this.alerts.raise(this.dataSource.manager, value.model, 'retraining-failed', detail);
  }

  @OnEvent('data.drift-detected')
  drift({ value }: IncomingEvent<'data.drift-detected'>): Promise<void> {
    const features = value.features.map(inWords).join(', ');
    const detail = storableText(`${value.version} sees other inputs than it was trained on: ${features}`);
    return this.alerts.raiseAbout(this.dataSource.manager, value.model, value.version, 'data-drift', detail);
  }

  @OnEvent('data.dataset-shrunk')
  shrunk({ value }: IncomingEvent<'data.dataset-shrunk'>): Promise<void> {
    const detail = `${value.rows} rows now, ${value.last_trained_rows} at the last training`;
    return this.alerts.raise(this.dataSource.manager, value.model, 'dataset-shrunk', detail);
  }
}
