/** `1 agent`, `4 agents`: of words that take an s. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
