import { FeedbackTables1767225600001 } from './migrations/1767225600001-FeedbackTables.js';
import { RawJson1767225600002 } from './migrations/1767225600002-RawJson.js';
import { SourceCounts1767225600003 } from './migrations/1767225600003-SourceCounts.js';
import { DatasetWeeks1767225600004 } from './migrations/1767225600004-DatasetWeeks.js';
import { DatasetState1767225600005 } from './migrations/1767225600005-DatasetState.js';
import { RowPlaces1767225600006 } from './migrations/1767225600006-RowPlaces.js';
import { RowsExtent1767225600007 } from './migrations/1767225600007-RowsExtent.js';
import { DeadLetterBytes1767225600008 } from './migrations/1767225600008-DeadLetterBytes.js';
import { StreamIncidents1767225600009 } from './migrations/1767225600009-StreamIncidents.js';
import { JudgementsByTime1767225600010 } from './migrations/1767225600010-JudgementsByTime.js';
import { LetterDecisions1767225600011 } from './migrations/1767225600011-LetterDecisions.js';
import { FoldParts1767225600012 } from './migrations/1767225600012-FoldParts.js';
import { LeaderEpochs1767225600013 } from './migrations/1767225600013-LeaderEpochs.js';

/** Everything of the schema `feedback`, oldest migration first. */
export const migrations = [
  FeedbackTables1767225600001,
  RawJson1767225600002,
  SourceCounts1767225600003,
  DatasetWeeks1767225600004,
  DatasetState1767225600005,
  RowPlaces1767225600006,
  RowsExtent1767225600007,
  DeadLetterBytes1767225600008,
  StreamIncidents1767225600009,
  JudgementsByTime1767225600010,
  LetterDecisions1767225600011,
  FoldParts1767225600012,
  LeaderEpochs1767225600013,
];
