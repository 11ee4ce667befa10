import type { Hub } from '../hub.ts';
import type { ListKind } from './lists.ts';
import type { Collision } from './merge.ts';
import type { View, ViewServer } from './view.ts';

/** How many names a sentence has, and how much of each; a server may claim any number. */
const MAX_NAMES = 5;
const MAX_NAME = 80;

/** Tells of names that more than one server claims, in the log and in the reports of all of them. */
export function reportCollisions(hub: Hub, view: View, kind: ListKind, collisions: readonly Collision[]): void {
  const { target } = view;
  const where = target === '' ? 'on the route of all servers' : `on the route of '${target}'`;
  for (const hosted of new Set(view.servers.map((server) => server.hosted))) {
    const lost = collisions.filter(({ server }) => server.hosted === hosted);
    if (lost.length > 0) {
      const names = lost.slice(0, MAX_NAMES).map(({ name }) => name);
      const said = { server: hosted.name, list: kind, target, names, count: lost.length };
      hub.log.warn(said, 'Names refused: others have them');
    }
    const texts = collisions.length === 0 ? [] : sentences(hosted.name, kind, where, collisions);
    hosted.catalog.warnings.set(`names of ${kind} at ${target}`, texts, () => hub.findView(target) !== undefined);
  }
}

function sentences(name: string, kind: ListKind, where: string, collisions: readonly Collision[]): string[] {
  const lost = collisions.filter(({ server }) => server.hosted.name === name);
  const out = lost.filter(({ shown }) => shown === undefined);
  const renamed = lost.filter(({ shown }) => shown !== undefined);
  const won = collisions.filter(({ server, winner }) => winner.hosted.name === name && server.hosted.name !== name);
  const winners = (some: readonly Collision[]) => serversOf(some.map(({ winner }) => winner));
  const sayings: [Collision[], string][] = [
    [out, `${out.length} of ${kind} left out ${where}, since the name is that of one of ${winners(out)}`],
    [
      renamed,
      `${renamed.length} of ${kind} have other names ${where}, since names that begin so are those of ${winners(renamed)}`,
    ],
    [
      won,
      `${serversOf(won.map(({ server }) => server))} claimed names of ${kind} ${where} that are those of this server`,
    ],
  ];
  return sayings.flatMap(([some, text]) => (some.length === 0 ? [] : `${text}: ${namesOf(some)}`));
}

function serversOf(servers: readonly ViewServer[]): string {
  const names = [...new Set(servers.map(({ hosted }) => `'${hosted.name}'`))];
  return names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES).join(', ')} and others` : names.join(', ');
}

function namesOf(collisions: readonly Collision[]): string {
  const names = collisions.slice(0, MAX_NAMES).map(({ name }) => `'${name.slice(0, MAX_NAME)}'`);
  return names.join(', ');
}
