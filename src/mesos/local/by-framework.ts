/** Values by the framework that they are of and by their names in it. */
export class ByFramework<Value> {
  readonly #all = new Map<string, Map<string, Value>>();

  get(frameworkId: string, name: string): Value | undefined {
    return this.#all.get(frameworkId)?.get(name);
  }

  set(frameworkId: string, name: string, value: Value): void {
    const named = this.#all.get(frameworkId) ?? new Map<string, Value>();
    this.#all.set(frameworkId, named.set(name, value));
  }

  delete(frameworkId: string, name: string): void {
    const named = this.#all.get(frameworkId);
    named?.delete(name);
    if (named?.size === 0) this.#all.delete(frameworkId);
  }

  /** Of one framework. */
  of(frameworkId: string): readonly Value[] {
    return [...(this.#all.get(frameworkId)?.values() ?? [])];
  }

  /** Framework by framework. */
  values(): readonly Value[] {
    return [...this.#all.values()].flatMap((named) => [...named.values()]);
  }
}
