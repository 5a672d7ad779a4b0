import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Shell {
  /** A folder of its own; commands run in it. */
  readonly folder: string;
  /** Programs by the names that commands call them by. */
  readonly programs: Readonly<Record<string, string>>;
  readonly kubeconfig: string;
  readonly limitMs: number;
}

/**
 * `first N COMMAND...` prints the first N lines of a command that does not end by itself, and ends it.
 * `soon COMMAND...` runs a command again until it succeeds, and prints its last output.
 */
const PRELUDE = `
first() {
  local count=$1 line pid
  shift
  rm -f first.pipe
  mkfifo first.pipe
  "$@" >first.pipe 2>&1 &
  pid=$!
  exec 4<first.pipe
  while [ "$count" -gt 0 ] && IFS= read -r -t 20 line <&4; do
    printf '%s\\n' "$line"
    count=$((count - 1))
  done
  kill "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  exec 4<&-
  return 0
}
soon() {
  local attempt
  for attempt in $(seq 100); do
    "$@" >soon.out 2>&1 && break
    sleep 0.1
  done
  cat soon.out
}
`;

/** Runs commands in turn in one bash, and gives for each what it printed, with `(exit N)` where it failed. */
export async function runCommands(commands: readonly string[], shell: Shell): Promise<string[]> {
  const { folder, programs, kubeconfig, limitMs } = shell;
  const bin = join(folder, '.bin');
  const results = join(folder, '.results');
  for (const path of [bin, results]) mkdirSync(path, { recursive: true });
  for (const [name, path] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${path}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  writeFileSync(join(folder, '.kubeconfig'), kubeconfig);
  const script = commands.map(
    (command, index) =>
      `{ ${command}\n} >.results/${index} 2>&1 </dev/null\necho "$?" >.results/${index}.code\n`,
  );
  const child = spawn('timeout', ['-k', '5', `${limitMs / 1000}`, 'bash', '--norc', '-s'], {
    cwd: folder,
    env: {
      HOME: folder,
      TMPDIR: folder,
      PATH: `${bin}:/usr/bin:/bin`,
      KUBECONFIG: join(folder, '.kubeconfig'),
      LC_ALL: 'C.UTF-8',
    },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(`${PRELUDE}${script.join('')}`);
  await once(child, 'exit');
  return commands.map((_, index) => result(join(results, `${index}`)));
}

function result(path: string): string {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
  const code = read(`${path}.code`)?.trim() ?? 'never: the time was up';
  return `${(read(path) ?? '').trimEnd()}${code === '0' ? '' : `\n(exit ${code})`}`.trimStart();
}
