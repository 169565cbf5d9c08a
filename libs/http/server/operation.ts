import { createParamDecorator, type ExecutionContext, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Operation as Described, Operations } from '#contracts/http/operation';
import { OPERATIONS } from '#contracts/http/services';
import type { Answered } from '../shapes.js';
import { type InputOf, readInput } from './input.js';
import { routePath } from './route.js';

export type { Input } from './input.js';

type Handler<O extends Described> = (input: InputOf<O>, ...rest: never[]) => Answered<O> | Promise<Answered<O>>;

const TakesInput = createParamDecorator((operation: Described, context: ExecutionContext) =>
  readInput(operation, context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Makes the decorator for the handlers of a table. */
export const operationsOf =
  <Table extends Operations>(table: Table) =>
  <N extends keyof Table & string>(name: N) => {
    const operation: Described | undefined = table[name];
    if (operation === undefined) throw new Error(`There is no operation "${name}" in libs/contracts/http.`);
    return <H extends Handler<Table[N]>>(target: object, key: string, method: TypedPropertyDescriptor<H>): void => {
      RequestMapping({ method: RequestMethod[operation.method], path: routePath(operation.path) })(target, key, method);
      HttpCode(operation.replies[0].status)(target, key, method);
      TakesInput(operation)(target, key, 0);
    };
  };

/**
 * The method of a controller that answers this operation: at its method and path, for its role, with its status. Its
 * first parameter is the checked {@link Input}; a method that takes or returns another type does not compile.
 */
export const Operation = operationsOf(OPERATIONS);
