import type { ModelDefined } from '#contracts/events/definition';
import type { ModelDefinition } from '#contracts/model-definition';

/**
 * The models as they are defined now. It begins with the files of MODELS_DIR, where a service reads them; what the registry
 * publishes (`model.defined`) overrules these, and changes it while the service runs. Whoever has been given it sees every
 * change at once; what is derived from it is renewed by `onChange`.
 */
export class LiveDefinitions extends Map<string, ModelDefinition> {
  private readonly revisions = new Map<string, number>();
  private readonly listeners = new Set<(definition: ModelDefinition) => void>();
  private reader: () => Promise<void> = async () => undefined;

  constructor(seeds: ReadonlyMap<string, ModelDefinition> = new Map()) {
    super();
    for (const [name, definition] of seeds) this.set(name, definition);
  }

  /** @param caughtUp resolves when everything that had been published at start was taken */
  readBy(caughtUp: () => Promise<void>): void {
    this.reader = caughtUp;
  }

  /** What had been published before this service started is known then. */
  ready(): Promise<void> {
    return this.reader();
  }

  /** The revision that was heard of; 0 where only a file says something. */
  revisionOf(model: string): number {
    return this.revisions.get(model) ?? 0;
  }

  /** Takes what was published, unless a later revision is known. */
  take({ model, revision, definition }: Pick<ModelDefined, 'model' | 'revision' | 'definition'>): void {
    if (revision <= this.revisionOf(model)) return;
    this.revisions.set(model, revision);
    this.set(model, definition);
    for (const listener of this.listeners) listener(definition);
  }

  /** Told of each change; not of what is known already. Gives what ends that. */
  onChange(listener: (definition: ModelDefinition) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Waits until `holds`, which is asked again at each change; false when that takes longer. */
  async until(holds: () => boolean, milliseconds: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        stop();
        clearTimeout(timer);
        resolve(answer);
      };
      const stop = this.onChange(() => {
        if (holds()) end(true);
      });
      const timer = setTimeout(() => end(false), milliseconds);
    });
  }
}
