import { hexOf } from './package-store.js';

interface Judged {
  readonly trained: { readonly digest: string };
  readonly holdout: { readonly snapshot_hash: string };
}

/** The keys of a judgement's report: by the package and the rows it was judged on, so that judging again replaces it by the same. */
export function reportKeys({ trained, holdout }: Judged): { readonly page: string; readonly numbers: string } {
  const folder = `evaluations/${hexOf(trained.digest)}/${hexOf(holdout.snapshot_hash)}`;
  return { page: `${folder}/evaluation.html`, numbers: `${folder}/evaluation.json` };
}
