import { countText } from '../api/count-text.ts';
import { durationText } from '../api/duration.ts';
import type { Millis } from '../api/object.ts';
import type { Answer, Happening, JobStory } from '../sim/what-if/port.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

/** The most lines of what happened that are shown. */
const HAPPENINGS_MAX = 40;

/** What came of it: what happened by time, how each job fared, how full it got, and the verdict. */
export function printAnswer(answer: Answer, output: Output): void {
  const { domains, jobs, happenings, elsewhere, startAt, spanMs } = answer;
  output.line(`${output.bold(`${durationText(spanMs)} from ${startAt} on`)}`);
  if (elsewhere > 0) {
    output.warn(`${elsewhere} tasks had no room on the agents that ran them, and began elsewhere`);
  }
  output.line();
  for (const happening of happenings.slice(0, HAPPENINGS_MAX))
    output.line(happeningText(happening));
  const more = happenings.length - HAPPENINGS_MAX;
  if (more > 0) output.line(`  and ${more} lines more: -o json has all`);
  if (happenings.length === 0) output.line('  nothing happened');
  output.line();
  const head = ['JOB', 'DOMAIN', 'WANTED', 'RUN', 'LEAST', 'WHOLE AGAIN'];
  const numbers = new Set(['WANTED', 'RUN', 'LEAST']);
  printTable(output, head, jobs.map(jobRow), numbers);
  for (const { job, domain, waiting } of jobs) {
    for (const { tasks, why } of waiting)
      output.line(`  ${job} in ${domain}: ${tasks} wait: ${why}`);
  }
  output.line();
  printTable(
    output,
    ['DOMAIN', 'AGENTS', 'FAILED', 'MOST CPUS', 'MOST MEMORY'],
    domains.map(({ domain, agents, failedAgents, peakCpus, peakMemory }) => {
      return [domain, String(agents), String(failedAgents), percent(peakCpus), percent(peakMemory)];
    }),
    new Set(['AGENTS', 'FAILED', 'MOST CPUS', 'MOST MEMORY']),
  );
  output.line();
  if (answer.whole) output.done('every job has all its tasks at the end');
  else output.fail(`missing at the end: ${missingText(jobs)}`);
}

function happeningText({ afterMs, domain, what }: Happening): string {
  return `  +${spanText(afterMs).padEnd(12)}  ${domain}  ${what}`;
}

function jobRow({ job, domain, wanted, running, least, wholeAfterMs }: JobStory): string[] {
  const whole = wholeAfterMs === undefined ? 'always was' : againText(wholeAfterMs);
  return [job, domain, String(wanted), String(running), String(least), whole];
}

function againText(afterMs: Millis | null): string {
  return afterMs === null ? 'not' : `after ${spanText(afterMs)}`;
}

function missingText(jobs: readonly JobStory[]): string {
  const missing = jobs.reduce((sum, { wanted, running }) => sum + Math.max(0, wanted - running), 0);
  const short = new Set(jobs.flatMap((each) => (each.running < each.wanted ? [each.job] : [])));
  return `${countText(missing, 'task')} of ${countText(short.size, 'job')}`;
}

/** Whole seconds are enough here. */
function spanText(ms: Millis): string {
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const parts = [
    [Math.floor(minutes / 60), 'h'],
    [minutes % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
