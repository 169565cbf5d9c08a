/** How many people are missing, as a part of a sentence. */
export const morePeople = (missing: number): string => (missing === 1 ? 'one more person' : `${missing} more people`);
