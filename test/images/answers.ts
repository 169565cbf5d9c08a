import { DecideResponse } from '#contracts/http/serving';

/** Asks an instance for a decision. */
export async function decide(url: string, token: string): Promise<DecideResponse> {
  const response = await fetch(`${url}/v1/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ task_id: 'images', site: { url: 'https://forum.example.org/t/1', da: 44 } }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return DecideResponse.parse(await response.json());
}

/** Whether all of them answer by this version; says which they answer by if not. */
export async function answersBy(version: string, token: string, urls: readonly string[]): Promise<true> {
  const answers = await Promise.all(urls.map((url) => decide(url, token)));
  const by = answers.map(({ model_version }) => model_version);
  if (by.length > 0 && by.every((each) => each === version)) return true;
  throw new Error(`they answer by ${by.join(' and ')}`);
}
