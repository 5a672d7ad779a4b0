import { styleText } from 'node:util';

/** Where a command writes for people. Colours only where a terminal shows them. */
export interface Output {
  line(text?: string): void;
  /** A step that was done. */
  done(text: string): void;
  warn(text: string): void;
  fail(text: string): void;
  /** Text that is to be typed. */
  code(text: string): string;
  bold(text: string): string;
}

type Style = Parameters<typeof styleText>[0];

/** Lines go to `stream`; nothing but text is written where it is no terminal. */
export function terminalOutput(stream: NodeJS.WriteStream): Output {
  const paint = (style: Style, text: string) =>
    styleText(style, text, { stream, validateStream: true });
  const line = (text = '') => void stream.write(`${text}\n`);
  return {
    line,
    done: (text) => line(`${paint('green', '✓')} ${text}`),
    warn: (text) => line(`${paint('yellow', '!')} ${text}`),
    fail: (text) => line(`${paint('red', '✗')} ${text}`),
    code: (text) => paint('cyan', text),
    bold: (text) => paint('bold', text),
  };
}

/** Writes each text over the one before, where that is a terminal; the empty text takes it away. */
export function overwriting(stream: NodeJS.WriteStream): (text: string) => void {
  return (text) => {
    if (stream.isTTY) stream.write(`\r\x1b[2K${text}`);
  };
}

/** How far something is, line by line. */
export interface Progress {
  /** Whether lines take the place of those before: else each stands for itself. */
  readonly inPlace: boolean;
  show(lines: readonly string[]): void;
}

/** Lines that take the place of those before, where that is a terminal; else those that are new. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const inPlace = stream.isTTY === true;
  let shown: readonly string[] = [];
  return {
    inPlace,
    show(lines) {
      const width = stream.columns > 1 ? stream.columns - 1 : Number.POSITIVE_INFINITY;
      const back = inPlace && shown.length > 0 ? `\x1b[${shown.length}A\x1b[J` : '';
      const fresh = lines.filter((line) => inPlace || !shown.includes(line));
      stream.write(back + fresh.map((line) => `${line.slice(0, width)}\n`).join(''));
      shown = lines;
    },
  };
}

/** Warnings for people: what programs read holds nothing but what was asked for. */
export function warnerOf(
  { output: format }: { readonly output?: string },
  output: Output,
): (text: string) => void {
  return format === undefined ? output.warn : () => undefined;
}
