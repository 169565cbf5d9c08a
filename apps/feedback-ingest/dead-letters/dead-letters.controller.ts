import { Controller, Inject } from '@nestjs/common';
import type {
  DeadLetterDetail,
  DeadLetterGroup,
  DropAccepted,
  FoundDeadLetter,
  ReplayAccepted,
} from '#contracts/http/feedback';
import { type Input, Operation } from '#http/server/operation';
import { DeadLetters } from './dead-letters.js';

@Controller()
export class DeadLettersController {
  constructor(@Inject(DeadLetters) private readonly deadLetters: DeadLetters) {}

  @Operation('listDeadLetters')
  groups({ query }: Input<'listDeadLetters'>): Promise<DeadLetterGroup[]> {
    return this.deadLetters.groups(query);
  }

  @Operation('searchDeadLetters')
  search({ query: { text, limit, ...filter } }: Input<'searchDeadLetters'>): Promise<FoundDeadLetter[]> {
    return this.deadLetters.search(text, filter, limit);
  }

  @Operation('readDeadLetter')
  show({ params: { id } }: Input<'readDeadLetter'>): Promise<DeadLetterDetail> {
    return this.deadLetters.show(id);
  }

  @Operation('replayDeadLetters')
  replay({ body: { why, ...filter }, principal }: Input<'replayDeadLetters'>): Promise<ReplayAccepted> {
    return this.deadLetters.replay(filter, { actor: principal.name, why: why ?? null });
  }

  @Operation('dropDeadLetters')
  drop({ body: { why, ...filter }, principal }: Input<'dropDeadLetters'>): Promise<DropAccepted> {
    return this.deadLetters.drop(filter, { actor: principal.name, why: why ?? null });
  }
}
