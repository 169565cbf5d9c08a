import { count, percent } from '../format/numbers.js';

interface ConfusionMatrixProps {
  caption: string;
  classes: readonly string[];
  /** Rows are the truth, columns the prediction. */
  matrix: readonly (readonly number[])[];
}

/** Truth against prediction; the darker a field, the larger its share of its row. */
export function ConfusionMatrix({ caption, classes, matrix }: ConfusionMatrixProps) {
  return (
    <table className="confusion">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <td />
          {classes.map((name) => (
            <th key={name} scope="col">
              <span className="visually-hidden">predicted </span>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {matrix.map((row, truth) => {
          const all = row.reduce((sum, rows) => sum + rows, 0);
          const name = classes[truth] ?? String(truth);
          return (
            <tr key={name}>
              <th scope="row">
                <span className="visually-hidden">truly </span>
                {name}
              </th>
              {row.map((rows, predicted) => (
                <td
                  key={classes[predicted] ?? predicted}
                  className={truth === predicted ? 'confusion-right' : 'confusion-wrong'}
                  style={{ '--share': all === 0 ? 0 : rows / all }}
                >
                  <span className="confusion-count">{count(rows)}</span>
                  <span className="confusion-share">{all === 0 ? '–' : percent(rows / all, 0)}</span>
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
