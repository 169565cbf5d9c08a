import { z } from 'zod';
import { boolean } from './boolean.js';
import { categorical } from './categorical.js';
import { derivedFromUrl } from './derived-from-url.js';
import type { Encoded } from './encoding.js';
import { numeric } from './numeric.js';
import type { TrainingColumn } from './training-column.js';

/** Every kind of feature. A new one is a file beside this one, and a line here. */
const KINDS = [
  numeric, //
  boolean,
  categorical,
  derivedFromUrl,
] as const;

type Kind = (typeof KINDS)[number];

const [firstKind, ...otherKinds] = KINDS;

/** A feature of a model definition. */
export const Feature = z.discriminatedUnion('kind', [
  firstKind.definition,
  ...otherKinds.map(({ definition }) => definition),
]);
export type Feature = z.infer<typeof Feature>;

/** Name of a kind. */
export const KindName = z.enum(KINDS.map(({ definition }) => definition.shape.kind.value));
export type KindName = z.infer<typeof KindName>;

type Encoding = Kind['encodings'][number];

const [firstEncoding] = firstKind.encodings;
const ENCODINGS = [...new Set<Encoding>(KINDS.flatMap<Encoding>(({ encodings }) => encodings))];

/** How one feature becomes columns of the matrix, as the manifest keeps it. */
export const Encoder = z.discriminatedUnion('encoding', [
  firstEncoding.schema,
  ...ENCODINGS.filter((encoding) => encoding !== firstEncoding).map(({ schema }) => schema),
]);
export type Encoder = z.infer<typeof Encoder>;

const kindsByName = new Map(KINDS.map((kind): [string, Kind] => [kind.definition.shape.kind.value, kind]));
const encodingsByName = new Map(ENCODINGS.map((encoding): [string, Encoding] => [encoding.name, encoding]));

const found = <Entry>(entry: Entry | undefined, what: string, known: Iterable<string>): Entry => {
  if (entry !== undefined) return entry;
  throw new RangeError(`${what} is not known; expected one of ${[...known].join(', ')}`);
};

/** What there is to say of a kind. */
export const kindNamed = (name: KindName): Kind =>
  found(kindsByName.get(name), `the kind "${name}" of feature`, kindsByName.keys());

/** A feature as its kind knows it. */
export const useFeature = (feature: Feature): ReturnType<Kind['use']> => kindNamed(feature.kind).use(feature);

/** An encoder's columns, and what writes them. */
export const useEncoder = (encoder: Encoder): Encoded =>
  found(encodingsByName.get(encoder.encoding), `the encoding "${encoder.encoding}"`, encodingsByName.keys()).open(
    encoder,
  );

/** How a feature becomes columns by the training part. Throws UnsuitableRows. */
export async function fitEncoder(feature: Feature, column: TrainingColumn): Promise<Encoder> {
  const used = useFeature(feature);
  const settings = await used.fit(column);
  return Encoder.parse({ feature: feature.name, source: used.source, ...settings });
}

/** How a feature becomes columns where nothing was fitted; null where its kind cannot say. */
export function unfittedEncoder(feature: Feature): Encoder | null {
  const { source, unfitted } = useFeature(feature);
  return unfitted === null ? null : Encoder.parse({ feature: feature.name, source, ...unfitted });
}
