import type { Problem } from '#contracts/http/problem';

/** The registry answered with a problem. Its detail says what was wrong and what to do. */
export class ProblemResponse extends Error {
  override readonly name = 'ProblemResponse';
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: readonly { field: string; detail: string }[],
  ) {
    super(`${title}: ${detail}`);
  }
}

/** There was no answer at all. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Calls the API this page was served beside. */
export class ApiClient {
  constructor(private readonly token: string) {}

  async get<Body>(path: string, signal?: AbortSignal): Promise<Body> {
    return this.call(path, { method: 'GET', ...(signal && { signal }) });
  }

  async post<Body>(path: string, body: object): Promise<Body> {
    return this.call(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  /** An answer that stays open; fails like the others when it cannot be had. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.send(path, { signal, headers: { accept: 'text/event-stream' } });
    if (response.body === null) throw new NoAnswer(`${path} answered without a body.`);
    return response.body;
  }

  private async call<Body>(path: string, init: RequestInit): Promise<Body> {
    const response = await this.send(path, init);
    const body: Body = await response.json();
    return body;
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.token}`);
    let response: Response;
    try {
      // Relative to the page, so that it also works below a path of a reverse proxy.
      response = await fetch(path.replace(/^\//, ''), { ...init, headers });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new NoAnswer('The registry does not answer. Is the stack running?');
    }
    if (!response.ok) throw await readProblem(response);
    return response;
  }
}

async function readProblem(response: Response): Promise<ProblemResponse> {
  const fallback = `The registry answered ${response.status} ${response.statusText}.`;
  try {
    const problem: Partial<Problem> = await response.json();
    return new ProblemResponse(
      response.status,
      problem.title ?? 'It did not work',
      problem.detail ?? fallback,
      problem.errors ?? [],
    );
  } catch {
    return new ProblemResponse(response.status, 'It did not work', fallback, []);
  }
}

/** What to tell a person about an error. */
export function explain(error: unknown): { title: string; detail: string } {
  if (error instanceof ProblemResponse) {
    const fields = error.fields.map(({ field, detail }) => `${field}: ${detail}`).join(' ');
    return { title: error.title, detail: fields === '' ? error.detail : `${error.detail} ${fields}` };
  }
  if (error instanceof NoAnswer) return { title: 'No answer', detail: error.message };
  return { title: 'Something went wrong here', detail: error instanceof Error ? error.message : String(error) };
}

/** Whether the registry says it has no such thing, as one of an older release does for endpoints it lacks. */
export const isMissing = (error: unknown): boolean => error instanceof ProblemResponse && error.status === 404;
