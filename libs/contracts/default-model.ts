/** The model an engine's event belongs to when it names none. Apart, so that the console has it without the schemas. */
export const DEFAULT_MODEL = 'backlink-outcome';
