import { SHOWN_SUBJECTS } from '#contracts/shown-subjects';
import type { Subject } from '#contracts/topics';

/** The subjects to ask for again after an event of this name. What people are not to see changes nothing that is shown. */
export function staleAfter(name: string): readonly Subject[] {
  return SHOWN_SUBJECTS.get(name) ?? [];
}
