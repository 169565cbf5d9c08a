import { TreesFile } from '../package/trees-json.js';
import { ModelFormatError } from './evaluator.js';
import { float32AtOrAbove } from './float32.js';
import type { Forest } from './forest.js';
import { ForestBuilder } from './forest-builder.js';

/** Reads `model.trees.json`, the format of the portable backends. */
export function parseTreesJson(bytes: Uint8Array): Forest {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8').decode(bytes));
  } catch (error) {
    throw new ModelFormatError(`not a trees file: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = TreesFile.safeParse(document);
  if (!parsed.success)
    throw new ModelFormatError(
      `not a trees file: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    );
  return treesForest(parsed.data);
}

function treesForest(file: TreesFile): Forest {
  const { classes, base, link, width, divisor, precision } = file;
  const groups = base.length;
  if (groups !== (classes === 2 && groups === 1 ? 1 : classes) || (link.kind === 'sigmoid' && groups !== 1))
    throw new ModelFormatError(`base has ${groups} sums, which does not fit ${classes} classes and ${link.kind}`);
  const builder = new ForestBuilder({ width, classes, base, divisor, link, single: precision === 'float32' });
  file.trees.forEach((tree, i) => {
    const name = `trees[${i}]`;
    const splits = tree.column.length;
    for (const key of ['threshold', 'missing_left', 'left', 'right'] as const)
      if (tree[key].length !== splits)
        throw new ModelFormatError(`${name}.${key}: expected ${splits} entries, got ${tree[key].length}`);
    const perLeaf = tree.group === null ? groups : 1;
    for (let value = 0; value < perLeaf; value++)
      builder.add(
        {
          group: tree.group ?? value,
          root: splits === 0 ? ~0 : 0,
          splits,
          leaf: (index) => {
            const leaf = tree.leaves[index * perLeaf + value];
            if (leaf === undefined) throw new ModelFormatError(`${name}: names leaf ${index}, which it has not`);
            return { value: leaf, cover: 0 };
          },
          split: (index) => {
            const threshold = tree.threshold[index];
            if (threshold === undefined) throw new ModelFormatError(`${name}: names split ${index} of ${splits}`);
            return {
              kind: 'numeric',
              column: tree.column[index] ?? -1,
              threshold: float32AtOrAbove(threshold),
              missingLeft: tree.missing_left[index] === 1,
              zeroIsMissing: false,
              left: tree.left[index] ?? 0,
              right: tree.right[index] ?? 0,
              cover: 0,
            };
          },
        },
        name,
      );
  });
  return builder.finish();
}
