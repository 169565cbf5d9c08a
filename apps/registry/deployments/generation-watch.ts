import { Injectable } from '@nestjs/common';

/** The highest generation of each model that came by on Kafka since this start, whoever published it. */
@Injectable()
export class GenerationWatch {
  private readonly seen = new Map<string, number>();
  private listener: (model: string, generation: number) => void = () => undefined;

  heard(model: string, generation: number): void {
    if (generation <= this.highest(model)) return;
    this.seen.set(model, generation);
    this.listener(model, generation);
  }

  models(): string[] {
    return [...this.seen.keys()];
  }

  highest(model: string): number {
    return this.seen.get(model) ?? 0;
  }

  /** Calls `listener` for each generation that is higher than all before. */
  onHigher(listener: (model: string, generation: number) => void): void {
    this.listener = listener;
  }
}
