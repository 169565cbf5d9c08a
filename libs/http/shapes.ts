/** What an operation takes and gives, as types made of its entry in the table. */
import type { z } from 'zod';
import type { Operation } from '#contracts/http/operation';
import type { OperationName, OperationNamed } from '#contracts/http/services';

type Given<Place extends string, Value> = { readonly [P in Place]: Value };

/** As a handler gets it: checked, and defaults filled in. */
export type Taken<O extends Operation> = (O extends { readonly params: infer S extends z.ZodType }
  ? Given<'params', z.output<S>>
  : unknown) &
  (O extends { readonly query: infer S extends z.ZodType } ? Given<'query', z.output<S>> : unknown) &
  (O extends { readonly body: { readonly schema: infer S extends z.ZodType } } ? Given<'body', z.output<S>> : unknown);

/** A property that may be left out where nothing in it is needed. */
type Sent<Place extends string, Value> =
  Record<string, never> extends Value ? { readonly [P in Place]?: Value | undefined } : Given<Place, Value>;

type SentBody<B, File> = B extends { readonly schema: infer S extends z.ZodType }
  ? B extends { readonly optional: true }
    ? { readonly body?: z.input<S> | undefined }
    : Given<'body', z.input<S>>
  : Given<'file', File>;

/** As a caller gives it. A body that no schema describes is a `File`. */
export type Asked<O extends Operation, File> = (O extends { readonly params: infer S extends z.ZodType }
  ? Given<'params', z.input<S>>
  : unknown) &
  (O extends { readonly query: infer S extends z.ZodType } ? Sent<'query', z.input<S>> : unknown) &
  (O extends { readonly body: infer B } ? SentBody<B, File> : unknown);

type ReplyOf<O extends Operation> = O['replies'][number];

/** What it answers with when all is well; unknown where that is no JSON. */
export type Answered<O extends Operation> =
  ReplyOf<O> extends { readonly schema: infer S extends z.ZodType } ? z.output<S> : unknown;

type Answers = { readonly [N in OperationName]: Answered<OperationNamed<N>> };

/** What this operation answers with when all is well. */
export type AnswerOf<N extends OperationName> = Answers[N];
