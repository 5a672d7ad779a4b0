import { readFileSync, writeFileSync } from 'node:fs';

/**
 * A scenario is a text of commands and what they print:
 *
 *     # a remark
 *     $ command            its output must be what follows
 *     ~ command            it is run again until its output is what follows (at most 90 s)
 *     expected output
 *
 * Blank lines part the steps. RECORD=1 in the environment writes down what was printed instead.
 */
export interface Step {
  readonly command: string;
  readonly until: boolean;
  readonly expected: string;
  /** The lines before it, as they stand. */
  readonly before: string;
  readonly line: number;
}

export interface ScenarioOptions {
  readonly file: string;
  /** Runs a command and gives all that it printed. */
  readonly run: (command: string) => Promise<string>;
  /** Makes two runs alike: ages, addresses, ids. */
  readonly normalise: (text: string) => string;
  readonly record: boolean;
}

const UNTIL_MS = 90_000;
const PAUSE_MS = 250;

export function parseScenario(text: string): readonly Step[] {
  const steps: Step[] = [];
  let before: string[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const match = /^(?<kind>[$~]) (?<command>.*)$/.exec(lines[index] ?? '');
    if (match?.groups === undefined) {
      before.push(lines[index] ?? '');
      continue;
    }
    const { kind, command = '' } = match.groups;
    const line = index + 1;
    const expected: string[] = [];
    while (index + 1 < lines.length && lines[index + 1] !== '') {
      index += 1;
      expected.push(lines[index] ?? '');
    }
    steps.push({
      command,
      until: kind === '~',
      expected: expected.join('\n'),
      before: before.join('\n'),
      line,
    });
    before = [];
  }
  return steps;
}

/** Runs all steps in turn; the first that prints something else ends it with both texts. */
export async function runScenario(options: ScenarioOptions): Promise<void> {
  const { file, record } = options;
  const steps = parseScenario(readFileSync(file, 'utf8'));
  const printed: string[] = [];
  for (const step of steps) {
    const actual = await runStep(step, options);
    printed.push(textOf({ ...step, expected: actual }));
    if (!record && actual !== step.expected) {
      throw new Error(
        `${file}:${step.line}: ${step.command}\n--- expected\n${step.expected}\n--- printed\n${actual}\n---`,
      );
    }
  }
  if (record) writeFileSync(file, `${printed.join('\n').trimStart()}\n`);
}

async function runStep(step: Step, { run, normalise, record }: ScenarioOptions): Promise<string> {
  const end = Date.now() + UNTIL_MS;
  for (;;) {
    const actual = withDots(normalise(await run(step.command)).trimEnd());
    const matches = actual === step.expected;
    if (matches || !step.until || Date.now() > end || (record && step.expected === ''))
      return actual;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Blank lines end a step, so those that are printed are written as a dot. */
function withDots(text: string): string {
  return text === '' ? '' : text.replaceAll(/^$/gm, '·');
}

function textOf({ before, until, command, expected }: Step): string {
  const body = expected === '' ? '' : `\n${expected}`;
  return `${before}\n${until ? '~' : '$'} ${command}${body}`.replace(/^\n\n/, '\n');
}

/** Ages, addresses and the widths that follow from them. */
export function normaliseTables(text: string): string {
  return text
    .replaceAll(/\b(\d+m)?\d+(s|m)\b(?=\s*$)/gm, 'AGE')
    .replaceAll(/\b(\d+m)?\d+s\b/g, 'AGE')
    .replaceAll(/https?:\/\/127\.0\.0\.1:\d+/g, 'URL')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/ +$/gm, '');
}
