import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/logging';
import { CollectionError, HistoricalApi } from './historical-api.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: RequestListener): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

const apiAt = (url: string) =>
  new HistoricalApi({
    url,
    token: 'a-secret',
    logger: createLogger('test', 'silent'),
    sleep: async () => undefined,
    largestReplyBytes: 1024 * 1024,
  });

describe('the historical API', () => {
  it('is told its token, and its reply is read', async () => {
    const { url, asked } = await serve((_, response) => response.end('{"count":1,"data":[{"id":1}]}'));
    expect(await apiAt(url).fetchSince('2026-01-04', 10)).toEqual([{ id: 1 }]);
    expect(asked[0]?.headers['x-api-token']).toBe('a-secret');
  });

  it.each([301, 302, 307, 308])('sends the token nowhere else on a redirect (%i)', async (status) => {
    const other = await serve((_, response) => response.end('{"data":[]}'));
    const api = await serve((_, response) => response.writeHead(status, { location: `${other.url}/steal` }).end());
    const fetched = apiAt(api.url).fetchSince('2026-01-04', 10);
    await expect(fetched).rejects.toThrow(CollectionError);
    await expect(fetched).rejects.toThrow(/redirects to .*\/steal.*HISTORICAL_API_URL/);
    expect(other.asked).toEqual([]);
    expect(api.asked).toHaveLength(1);
  });

  it('is not read for ever', async () => {
    let sent = 0;
    const { url, asked } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, ' '))) return void response.once('drain', more);
        }
      };
      response.writeHead(200);
      more();
    });
    await expect(apiAt(url).fetchSince('2026-01-04', 10)).rejects.toThrow(/more than 1 MiB.*fewer days/);
    expect(asked).toHaveLength(1);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });
});
