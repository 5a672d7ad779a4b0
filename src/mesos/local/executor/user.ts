import { spawnSync } from 'node:child_process';

/** Whom a process runs as, by number. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run as; absent: who runs the agent. */
export interface Runner {
  readonly identity?: Identity;
}

/** Whom a process runs as, or why it can't. */
export type Switch = Runner | { readonly missing: string };

/** What a machine knows of its users. */
export interface UserBook {
  /** Who runs the agent. */
  readonly ownUid: number;
  /** `undefined` for a name that nobody has. */
  find(name: string): Identity | undefined;
}

/**
 * How a process comes to run as the user that its command names, or why it can't. Only root may switch, as
 * with the agents of Mesos; a command that names nobody runs as who runs the agent.
 */
export function switchTo(name: string | undefined, users: UserBook = machine): Switch {
  if (name === undefined) return {};
  const identity = users.find(name);
  if (identity === undefined) {
    return { missing: `Failed to find user '${name}': this machine has no user of that name` };
  }
  if (identity.uid === users.ownUid) return {};
  if (users.ownUid === 0) return { identity };
  return {
    missing: `Failed to switch to user '${name}': the agent does not run as root, and only root may switch`,
  };
}

/** The users of this machine, wherever it keeps them. */
const machine: UserBook = {
  get ownUid() {
    return process.getuid?.() ?? 0;
  },
  find: findUser,
};

function findUser(name: string): Identity | undefined {
  if (!/^[A-Za-z_][\w.@-]*\$?$/.test(name)) return undefined;
  const uid = ask('-u', name);
  const gid = ask('-g', name);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function ask(flag: '-u' | '-g', name: string): number | undefined {
  const { stdout, status } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}

/**
 * Gives a sandbox with all that is in it to a user, and the folders of volumes without what others have put there.
 *
 * @returns why that can't be
 */
export function giveAll(
  { uid, gid }: Identity,
  sandbox: string,
  volumes: readonly string[],
): string | undefined {
  const owner = `${uid}:${gid}`;
  return (
    give(['-R', owner, sandbox]) ?? (volumes.length > 0 ? give([owner, ...volumes]) : undefined)
  );
}

function give(args: readonly string[]): string | undefined {
  const { stderr, status } = spawnSync('chown', args, { encoding: 'utf8' });
  return status === 0 ? undefined : `Failed to give the sandbox to its user: ${stderr.trim()}`;
}
