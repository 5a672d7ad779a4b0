import type { Output } from '../../src/cli/output.ts';

/** An output that keeps what it is told, a line each, with the signs that a terminal shows. */
export function keptOutput(): { readonly output: Output; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = (sign: string) => (text?: string) => void lines.push(`${sign}${text ?? ''}`);
  const output: Output = {
    line: write(''),
    done: write('✓ '),
    warn: write('! '),
    fail: write('✗ '),
    code: (text) => text,
    bold: (text) => text,
  };
  return { output, lines };
}
