import { FLOWS } from './flows.ts';
import { explore } from './points.ts';

/** The table of `docs/reliability.md`: of each flow every death, a line as soon as it is known. */
export async function playCrashPoints(part: string): Promise<boolean> {
  const flows = Object.entries(FLOWS).filter(([name]) => name.includes(part));
  if (flows.length === 0) throw new Error(`no flow is called ${part}`);
  const total = { effects: 0, deaths: 0, failed: 0 };
  print('| flow | effects | deaths before and after | broken promises |\n|---|---|---|---|');
  for (const [name, flow] of flows) {
    const { effects, deaths, broken } = await explore(flow);
    total.effects += effects.length;
    total.deaths += deaths;
    if (broken !== undefined) total.failed += 1;
    print(`| ${name} | ${effects.length} | ${deaths} | ${broken ?? 'none'} |`);
  }
  const { effects, deaths, failed } = total;
  const mark = failed === 0 ? '✓' : '✗';
  print(
    `\n${mark} ${flows.length} flows, ${effects} effects, ${deaths} deaths, ${failed} broke a promise`,
  );
  return failed === 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
