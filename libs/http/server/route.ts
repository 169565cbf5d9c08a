import type { Operation } from '#contracts/http/operation';
import { OPERATIONS, type OperationName } from '#contracts/http/services';

/** A path of the table as Fastify writes it: `/v1/models/{model}` is `/v1/models/:model`. */
export const routePath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Method and path of an operation, for a route of Fastify's own: `scope.route({ ...routeOf('decide'), handler })`. */
export function routeOf(name: OperationName): { method: Operation['method']; url: string } {
  const { method, path } = OPERATIONS[name];
  return { method, url: routePath(path) };
}
