import { type Load, load } from './load.js';

/** Who is asked what. */
export interface Contestant {
  readonly name: string;
  readonly port: number;
  /** Prepared requests, base64. */
  readonly requests: readonly string[];
  readonly grpcMethod?: string;
}

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
}

/** The median, and between what the rounds lay. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at(sorted.length >> 1), low: at(0), high: at(sorted.length - 1) };
}

/** What every round gave for everybody in it. */
export class Rounds {
  constructor(private readonly loads: ReadonlyMap<string, readonly Load[]>) {}

  get names(): string[] {
    return [...this.loads.keys()];
  }

  figure(name: string, of: (load: Load) => number): Spread {
    return spreadOf(this.of(name).map(of));
  }

  /** Of two who were asked right after each other, round by round: what slows the machine down slows down both. */
  ratio(one: string, other: string, of: (load: Load) => number): Spread {
    const others = this.of(other);
    return spreadOf(this.of(one).map((load, round) => of(load) / of(others[round] ?? load)));
  }

  private of(name: string): readonly Load[] {
    const found = this.loads.get(name);
    if (found === undefined) throw new Error(`${name} was not measured`);
    return found;
  }
}

/** Loads each in turn, round by round; a first round warms up. */
export async function compete(contestants: readonly Contestant[], options: RoundOptions): Promise<Rounds> {
  const { rounds, seconds, connections } = options;
  const loads = new Map<string, Load[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const { name, ...order } of contestants) {
      const result = await load({ host: '127.0.0.1', connections, seconds, ...order });
      if (result.failures > 0) throw new Error(`${name}: ${result.failures} requests failed`);
      if (round > 0) loads.get(name)?.push(result);
    }
  return new Rounds(loads);
}
