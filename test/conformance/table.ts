/**
 * A table of commands, each with what it prints, in a text that people can read:
 *
 *     # a remark
 *     $ command
 *     what every version prints
 *
 *     $ another
 *     [1.20] what this version prints
 *     and its next line
 *     [1.32 1.35] what these print
 *
 *     1.20 1.35$ command that only these versions run
 *
 * Blank lines part the rows; a printed blank line is written as a dot. `(exit N)` ends the output of what failed.
 */
export interface Row {
  readonly command: string;
  /** The versions that run it; none are named where all do. */
  readonly only: readonly string[];
  /** The lines before it, as they stand. */
  readonly before: readonly string[];
  readonly line: number;
  /** What a version prints; the empty version stands for all that are not named. */
  readonly expected: ReadonlyMap<string, string>;
}

const VERSIONS = /^\[(?<versions>\d\S*(?: \d\S*)*)\](?: (?<rest>.*))?$/;

const PROMPT = /^(?<only>\d\S*(?: \d\S*)*)?\$ (?<command>.*)$/;

export function parseTable(text: string): readonly Row[] {
  const rows: Row[] = [];
  let before: string[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const { only, command } = PROMPT.exec(line)?.groups ?? {};
    if (command === undefined) {
      before.push(line);
      continue;
    }
    const printed: string[] = [];
    const number = index + 1;
    while ((lines[index + 1] ?? '') !== '') {
      index += 1;
      printed.push(lines[index] ?? '');
    }
    const versions = only?.split(' ') ?? [];
    rows.push({ command, only: versions, before, line: number, expected: byVersion(printed) });
    before = [];
  }
  return rows;
}

function byVersion(lines: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string[]>();
  let into = [''];
  for (const line of lines) {
    const groups = VERSIONS.exec(line)?.groups;
    if (groups !== undefined) into = (groups.versions ?? '').split(' ');
    const text = groups === undefined ? line : (groups.rest ?? '');
    for (const version of into) texts.set(version, [...(texts.get(version) ?? []), text]);
  }
  return new Map([...texts].map(([version, text]) => [version, text.join('\n')]));
}

export function isRunBy({ only }: Row, version: string): boolean {
  return only.length === 0 || only.includes(version);
}

export function expectedOf({ expected }: Row, version: string): string {
  return expected.get(version) ?? expected.get('') ?? '';
}

/** What the commands that a version runs print. */
export type Printed = ReadonlyMap<Row, string>;

/** The table with what was printed, by version. */
export function printTable(rows: readonly Row[], printed: ReadonlyMap<string, Printed>): string {
  const blocks = rows.map((row) => {
    const { before, command, only } = row;
    const versions = new Map<string, string[]>();
    for (const [version, texts] of printed) {
      if (!isRunBy(row, version)) continue;
      const text = texts.get(row) ?? '';
      versions.set(text, [...(versions.get(text) ?? []), version]);
    }
    return [...before, `${only.join(' ')}$ ${command}`, ...outputLines(versions)].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function outputLines(versionsByText: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const texts = [...versionsByText];
  if (texts.length === 1) return texts.flatMap(([text]) => (text === '' ? [] : [text]));
  return texts.map(([text, versions]) => `[${versions.join(' ')}] ${text}`.trimEnd());
}
