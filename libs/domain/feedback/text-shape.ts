/** A text with its letters and digits replaced by one of their kind: `task-102` and `task-9` look alike. */
const shapeOf = (text: string): string =>
  text
    .trim()
    .replaceAll(/\p{L}+/gu, 'a')
    .replaceAll(/\d+/g, '9');

/** Whether two texts look like values of one column. */
export const sameShape = (a: string, b: string): boolean => shapeOf(a) === shapeOf(b);
