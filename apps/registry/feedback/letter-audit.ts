import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { storableText } from '#domain/audit/canonical-json';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { AuditStore } from '../storage/audit-store.js';
import { type DecidedLetters, LetterStore } from '../storage/letter-store.js';

const EVERY_MS = 2_000;

/** Brings what people decided about refused messages, whichever way they asked feedback-ingest for it, into the audit log. */
@Injectable()
export class LetterAudit {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(LetterStore) private readonly letters: LetterStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'audit of refused messages', everyMs: EVERY_MS, step: () => this.take(), logger }));
  }

  private take(): Promise<void> {
    return this.dataSource.transaction(async (manager) =>
      this.audit.append(manager, (await this.letters.takeUnaudited(manager)).map(entryOf)),
    );
  }
}

function entryOf({ decided_at: at, decision, actor, why, asked, letters, ids }: DecidedLetters) {
  return {
    at,
    actor: storableText(actor),
    action: `dead-letters.${decision}`,
    model: null,
    reason: storableText(why ?? askedFor(asked)),
    before: null,
    after: { letters, ids, asked },
  };
}

/** Where nobody said why: which were asked for. */
function askedFor({ reason, topic, ids }: DecidedLetters['asked']): string {
  const words = [
    ...(ids === undefined ? [] : ['by their ids']),
    ...(reason === undefined ? [] : [`refused as ${reason}`]),
    ...(topic === undefined ? [] : [`of ${topic}`]),
  ];
  return words.length === 0 ? 'all that waited' : words.join(', ');
}
