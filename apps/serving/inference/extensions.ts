import { InferRequestError } from './tensor.js';

/** Extensions of Triton's that are not here, by the parameter that asks for them. */
const ABSENT: Readonly<Record<string, string>> = {
  shared_memory_region: 'there is no shared memory here; send and take the tensors themselves',
  classification: 'there is no classification here; ask for the output "probabilities", or "decision" for the highest',
};

/** Throws InferRequestError where a tensor's parameters ask for one: an answer without it would be taken for one with it. */
export function expectNoExtension(parameters: Readonly<Record<string, unknown>>, place: string): void {
  for (const [name, why] of Object.entries(ABSENT))
    if (Object.hasOwn(parameters, name)) throw new InferRequestError(`${place}.parameters.${name}: ${why}`);
}
