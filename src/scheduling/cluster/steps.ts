/** Agents that one step of long work looks at, so that no step is long. */
export const STEP_AGENTS = 512;

/** Goes through all steps without a pause. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
