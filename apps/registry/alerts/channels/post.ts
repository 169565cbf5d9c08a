const PATIENCE_MS = 5_000;

/** Sends JSON. Throws, with what was answered, when it was not taken. */
export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`answered ${response.status}: ${answer.slice(0, 200)}`);
}
