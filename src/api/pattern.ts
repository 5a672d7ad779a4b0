import { RE2JS } from 're2js';

/** What one match may cost: the length of the text times the size of the pattern's program. */
const WORK_MAX = 40_000;
const PATTERN_MAX = 2_000;
const PROGRAM_MAX = 2_000;

/** A pattern of RE2's syntax, which takes time in proportion to the text and not more. */
export interface Pattern {
  test(text: string): boolean;
  /** What a match of a text of this length costs, in steps. */
  cost(length: number): number;
  /** The first match and its groups; nothing where there is none. */
  find(text: string): readonly string[];
}

/** @throws Error where the pattern is none, or too large */
export function compilePattern(source: string): Pattern {
  if (source.length > PATTERN_MAX) throw new Error(`longer than ${PATTERN_MAX} characters`);
  const pattern = RE2JS.compile(source);
  const size = pattern.programSize();
  if (size > PROGRAM_MAX) throw new Error('too many repetitions');
  const longest = Math.floor(WORK_MAX / Math.max(size, 1));

  function checkLength(text: string): void {
    if (text.length <= longest) return;
    throw new Error(`the text is longer than ${longest} characters, too long for the pattern`);
  }

  return {
    cost: (length) => 1 + Math.ceil((length * size) / 20),
    test(text) {
      checkLength(text);
      return pattern.test(text);
    },
    find(text) {
      checkLength(text);
      const matcher = pattern.matcher(text);
      return matcher.find() ? [matcher.group(0) ?? ''] : [];
    },
  };
}
