/** Waits for conditions: polls, and gives up with the name of what did not come. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  {
    limitMs = 60_000,
    everyMs = 100,
  }: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const late = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > late) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
