import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { V1Command } from '../../v1.ts';
import type { ContainerOrder } from './launcher.ts';

/** What to run, or why nothing can be run. */
export type Program = { readonly argv: readonly string[] } | { readonly missing: string };

const partPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Waits until it is asked to end, and then ends well. */
const idle = "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done";

/**
 * The program of a container. An executor's own is its command, and the default executor's waits for
 * its end. A task's is its command, or its image's own. An image `name:version` of the local
 * registry is the folder `<images>/<name>/<version>`, and its program the executable `run` in it.
 * A command of a task with an image may name a file of that folder.
 */
export function findProgram({ task, holder }: ContainerOrder, imagesFolder: string): Program {
  if (!task && holder?.info.type === 'DEFAULT') return { argv: ['sh', '-c', idle] };
  const { command, container } = task ?? holder?.info ?? {};
  const own = argvOf(command);
  const image = container?.mesos?.image?.docker?.name ?? container?.docker?.image;
  if (own) return { argv: own };
  if (image === undefined) return { missing: 'The task has neither a command nor an image' };
  return findImage(image, imagesFolder, command?.arguments?.slice(1) ?? []);
}

/** What a command runs; `undefined` where it names no program. */
export function argvOf(command: V1Command | undefined): readonly string[] | undefined {
  const { shell = true, value, arguments: argv = [] } = command ?? {};
  if (value === undefined) return undefined;
  return shell ? ['sh', '-c', value] : [value, ...argv.slice(1)];
}

function findImage(image: string, imagesFolder: string, argv: readonly string[]): Program {
  const colon = image.lastIndexOf(':');
  const hasVersion = colon > image.lastIndexOf('/');
  const name = hasVersion ? image.slice(0, colon) : image;
  const version = hasVersion ? image.slice(colon + 1) : 'latest';
  if (![...name.split('/'), version].every((part) => partPattern.test(part))) {
    return { missing: `Image '${image}' is not of the form name:version` };
  }
  const folder = join(imagesFolder, name, version);
  const run = join(folder, 'run');
  return isExecutable(run)
    ? { argv: [run, ...argv] }
    : {
        missing:
          `There is no image '${image}' here: ${run} is not an executable file. ` +
          `To add the image, put its program there, named 'run', and make it executable (chmod +x)`,
      };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
