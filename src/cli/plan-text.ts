import type { JobForecast } from '../scheduling/forecast/reports.ts';
import type { Output } from './output.ts';
import { wrapped } from './wrapped.ts';

/** What would become of one fault domain. */
export interface DomainForecast {
  readonly domain: string;
  readonly jobs: readonly JobForecast[];
}

/** A line for each job, and under it one for each reason for which its tasks wait. */
export function printForecast({ domain, jobs }: DomainForecast, output: Output): void {
  output.line(output.bold(domain));
  if (jobs.length === 0) output.line('  nothing would change');
  for (const forecast of jobs) {
    output.line(`  ${forecast.job}: ${changesText(forecast)}`);
    for (const { tasks, reason } of forecast.unplaced) {
      for (const line of wrapped(`${tasks} wait: ${reason}`, '    ')) output.line(line);
    }
  }
}

function changesText(forecast: JobForecast): string {
  const { kept, replaced, stopped, preempted, placed, unplaced } = forecast;
  const agents = Object.keys(placed).length;
  const tasks = Object.values(placed).reduce((sum, count) => sum + count, 0);
  const waiting = unplaced.reduce((sum, each) => sum + each.tasks, 0);
  const parts: readonly (readonly [count: number, text: string])[] = [
    [kept, 'stay'],
    [replaced, 'replaced'],
    [stopped, 'stopped'],
    ...preempted.map((each) => [each.tasks, `stopped to make room for ${each.by}`] as const),
    [tasks, `placed on ${agents} ${agents === 1 ? 'agent' : 'agents'}`],
    [waiting, 'wait'],
  ];
  const said = parts.filter(([count]) => count > 0);
  return said.map(([count, text]) => `${count} ${text}`).join(', ');
}
