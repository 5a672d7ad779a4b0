/**
 * The entry point: `titan <command>`. What is compiled once is kept for the next start, from before the first
 * module of the program is loaded: read from there, all that a command such as `titan version` needs takes a
 * third of the time.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./program.ts');
