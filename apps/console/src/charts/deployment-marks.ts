export interface DeploymentMark {
  id: string;
  at: Date;
  kind: 'deploy' | 'rollback';
  to: string;
}

/** Pixels that the triangle of a mark takes, with room to the next. */
export const MARK_WIDTH = 11;

/** Marks whose triangles would overlap, in one group that has one at the place of its first; the order is that of time. */
export function groupsOf(marks: readonly DeploymentMark[], x: (at: Date) => number): DeploymentMark[][] {
  const groups: DeploymentMark[][] = [];
  for (const mark of marks.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const [first] = groups.at(-1) ?? [];
    if (first !== undefined && x(mark.at) - x(first.at) < MARK_WIDTH) groups.at(-1)?.push(mark);
    else groups.push([mark]);
  }
  return groups;
}
