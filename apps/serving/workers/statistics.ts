import { ModelStatistics } from '#contracts/http/inference';
import { AboutModels } from '../inference/about-models.js';
import type { PrimaryLink } from './primary-link.js';

/** Where the primary answers with those of all workers. */
export const STATISTICS_PATH = '/v2/models/stats';

/** A worker is asked about models for all of the instance's workers. */
export class AboutInstance extends AboutModels {
  constructor(
    private readonly primary: Pick<PrimaryLink, 'ask'>,
    ...own: ConstructorParameters<typeof AboutModels>
  ) {
    super(...own);
  }

  override async statistics(model: string | undefined, version: string | undefined): Promise<ModelStatistics> {
    const { model_stats: own } = super.ownStatistics(model, version);
    const all = ModelStatistics.parse(JSON.parse((await this.primary.ask(STATISTICS_PATH)).body)).model_stats;
    const sumOf = ({ name, version: of }: (typeof own)[number]) =>
      all.find((each) => each.name === name && each.version === of);
    return { model_stats: own.map((each) => sumOf(each) ?? each) };
  }
}
