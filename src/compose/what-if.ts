import { play } from '../sim/what-if/play.ts';
import type { Answer, Question } from '../sim/what-if/port.ts';
import { readSchemas } from './schemas.ts';

/** Plays a question with the kinds of this release. */
export function whatIf(question: Question): Promise<Answer> {
  return play(question, readSchemas());
}
