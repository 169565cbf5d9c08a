import type { HoldoutMetrics, Interval } from '#contracts/events/evaluation';
import { decimal, escapeText, percent } from './markup.js';

const SIDE = 320;
const MARGIN = 54;
/** Of plots made of lines; all plots are equally wide, so that their texts are equally large. */
const WIDTH = 320;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** One line of a plot: `challenger` or `champion` decides its colour. */
export interface Series {
  readonly name: string;
  readonly kind: 'challenger' | 'champion';
  readonly points: readonly (Point & { readonly label?: string })[];
}

function svg(width: number, height: number, title: string, body: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}"><title>${escapeText(title)}</title>${body}</svg>`;
}

const text = (x: number, y: number, content: string, anchor = 'middle', style = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${style && ` class="${style}"`}>${escapeText(content)}</text>`;

/** A square plot of shares against shares, with its diagonal and a legend where there is more than one line. */
export function unitSquare(title: string, axes: { x: string; y: string }, series: readonly Series[]): string {
  const inner = SIDE - 2 * MARGIN;
  const px = (x: number) => MARGIN + x * inner;
  const py = (y: number) => SIDE - MARGIN - y * inner;
  const grid = [0, 0.25, 0.5, 0.75, 1]
    .map(
      (tick) =>
        `<path class="grid" d="M${px(tick)} ${py(0)}V${py(1)}M${px(0)} ${py(tick)}H${px(1)}"/>` +
        text(px(tick), py(0) + 16, percent(tick, 0), 'middle', 'tick') +
        text(px(0) - 6, py(tick) + 4, percent(tick, 0), 'end', 'tick'),
    )
    .join('');
  const lines = series
    .map(({ kind, points }) => {
      const path = points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join('');
      const dots = points
        .filter((point) => point.label !== undefined)
        .map(
          ({ x, y, label }) =>
            `<circle class="dot ${kind}" cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="4"><title>${escapeText(label ?? '')}</title></circle>`,
        )
        .join('');
      return `<path class="line ${kind}" d="${path}"/>${dots}`;
    })
    .join('');
  const body =
    `${grid}<path class="diagonal" d="M${px(0)} ${py(0)}L${px(1)} ${py(1)}"/>${lines}` +
    text(px(0.5), SIDE - 14, axes.x) +
    `<g transform="translate(11 ${py(0.5)}) rotate(-90)">${text(0, 0, axes.y)}</g>`;
  return `${svg(SIDE, SIDE, title, body)}${legend(series)}`;
}

/** Lines over a count, such as tasks; the vertical axis spans what there is. */
export function lines(title: string, axes: { x: string; y: string }, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points);
  const most = Math.max(1, ...points.map(({ x }) => x));
  const [low, high] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  const room = Math.max(0.005, (high - low) * 0.1);
  const px = (x: number) => MARGIN + (x / most) * (WIDTH - 2 * MARGIN);
  const py = (y: number) => SIDE - MARGIN - ((y - low + room) / (high - low + 2 * room)) * (SIDE - 2 * MARGIN);
  const grid = [low, (low + high) / 2, high]
    .map(
      (tick) =>
        `<path class="grid" d="M${px(0)} ${py(tick).toFixed(1)}H${px(most)}"/>${text(px(0) - 6, py(tick) + 4, percent(tick), 'end', 'tick')}`,
    )
    .join('');
  const drawn = series
    .map(({ kind, points: each }) => {
      const path = each.map(({ x, y }, i) => `${i ? 'L' : 'M'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join('');
      return `<path class="line ${kind}" d="${path}"/>`;
    })
    .join('');
  const ends = [0, most].map((tick) => text(px(tick), SIDE - MARGIN + 16, String(tick), 'middle', 'tick')).join('');
  const body =
    `${grid}${drawn}${ends}${text(px(most / 2), SIDE - 14, axes.x)}` +
    `<g transform="translate(11 ${SIDE / 2}) rotate(-90)">${text(0, 0, axes.y)}</g>`;
  return `${svg(WIDTH, SIDE, title, body)}${legend(series)}`;
}

export function legend(series: readonly Pick<Series, 'name' | 'kind'>[]): string {
  if (series.length < 2) return '';
  return `<p class="legend">${series.map(({ name, kind }) => `<span class="key ${kind}"></span>${escapeText(name)}`).join(' ')}</p>`;
}

/** Rows are the truth, columns the prediction; the shade is the share of the row. */
export function confusionMatrix(title: string, { classes, confusion_matrix: matrix }: HoldoutMetrics): string {
  const cell = Math.max(44, Math.min(92, 260 / classes.length));
  const left = 96;
  const top = 40;
  const cells = matrix
    .flatMap((row, actual) => {
      const rows = row.reduce((sum, count) => sum + count, 0);
      return row.map((count, guess) => {
        const x = left + guess * cell;
        const y = top + actual * cell;
        const shade = rows > 0 ? count / rows : 0;
        return (
          `<rect class="cell" x="${x}" y="${y}" width="${cell - 2}" height="${cell - 2}" rx="3" fill-opacity="${(0.06 + 0.74 * shade).toFixed(3)}"/>` +
          text(x + cell / 2 - 1, y + cell / 2 - 1, String(count), 'middle', shade > 0.6 ? 'on' : '') +
          text(x + cell / 2 - 1, y + cell / 2 + 14, percent(shade, 0), 'middle', shade > 0.6 ? 'on tick' : 'tick')
        );
      });
    })
    .join('');
  const names = classes
    .map(
      (name, k) =>
        text(left + k * cell + cell / 2, top - 8, shorten(name)) +
        text(left - 8, top + k * cell + cell / 2 + 4, shorten(name), 'end'),
    )
    .join('');
  const width = left + classes.length * cell + 8;
  const body = `${text(left + (classes.length * cell) / 2, 14, 'predicted', 'middle', 'tick')}${text(8, top - 8, 'truth', 'start', 'tick')}${names}${cells}`;
  return svg(width, top + classes.length * cell + 8, title, body);
}

/** Horizontal bars, largest first. */
export function bars(title: string, values: readonly { name: string; value: number }[]): string {
  const most = Math.max(...values.map(({ value }) => value), 1e-9);
  const line = 22;
  const left = 138;
  const body = values
    .map(({ name, value }, i) => {
      const y = 6 + i * line;
      const length = (value / most) * (WIDTH - left - 48);
      return (
        `<rect class="bar" x="${left}" y="${y}" width="${Math.max(1, length).toFixed(1)}" height="${line - 8}" rx="2"/>` +
        text(left - 8, y + 11, shorten(name, 20), 'end') +
        text(left + length + 6, y + 11, percent(value), 'start', 'tick')
      );
    })
    .join('');
  return svg(WIDTH, values.length * line + 12, title, body);
}

/** Intervals of differences around zero: where they lie decides whether there is enough evidence. */
export function differences(
  title: string,
  values: readonly { name: string; value: number | null; interval: Interval | null; threshold: number | null }[],
): string {
  const shown = values.filter(({ interval }) => interval !== null);
  const extent = Math.max(
    0.01,
    ...shown.flatMap(({ interval, threshold }) => [
      Math.abs(interval?.low ?? 0),
      Math.abs(interval?.high ?? 0),
      threshold ?? 0,
    ]),
  );
  const left = 112;
  const line = 40;
  const px = (value: number) => left + ((value / extent + 1) / 2) * (WIDTH - left - 16);
  const height = shown.length * line + 34;
  const body = shown
    .map(({ name, value, interval, threshold }, i) => {
      const y = 22 + i * line;
      const low = px(interval?.low ?? 0);
      const high = px(interval?.high ?? 0);
      const goal =
        threshold === null
          ? ''
          : `<path class="goal" d="M${px(threshold).toFixed(1)} ${y - 12}V${y + 12}"><title>needed ${decimal(threshold)}</title></path>`;
      return (
        `<path class="interval" d="M${low.toFixed(1)} ${y}H${high.toFixed(1)}M${low.toFixed(1)} ${y - 5}V${y + 5}M${high.toFixed(1)} ${y - 5}V${y + 5}"/>` +
        `<circle class="dot challenger" cx="${px(value ?? 0).toFixed(1)}" cy="${y}" r="4.5"/>${goal}` +
        text(left - 8, y + 4, name, 'end')
      );
    })
    .join('');
  const ticks = [-extent, 0, extent]
    .map((tick) => text(px(tick), height - 4, decimal(tick, 3), tick === extent ? 'end' : 'middle', 'tick'))
    .join('');
  return svg(WIDTH, height, title, `<path class="zero" d="M${px(0)} 4V${height - 18}"/>${body}${ticks}`);
}

function shorten(name: string, most = 12): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
