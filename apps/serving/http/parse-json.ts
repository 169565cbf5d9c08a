export type ParsedJson =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly detail: string };

export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, json: JSON.parse(text) };
  } catch (error) {
    return { ok: false, detail: withoutQuotation(error instanceof Error ? error.message : String(error)) };
  }
}

/** V8 quotes the text around what it did not expect; what was sent stays with its sender. */
const withoutQuotation = (message: string): string => message.replace(/,? *(?:\.\.\.)?"[\s\S]*$/, '');
