import { readFileSync } from 'node:fs';

/** The options of node with which the image of the operator starts it. @throws where the Dockerfile does not say */
export function optionsOfImage(): string[] {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const [, entrypoint] = /^FROM app AS operator\n(?:.*\n)*?ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  if (entrypoint === undefined) throw new Error('the Dockerfile has no ENTRYPOINT for its target operator');
  const [, ...words] = JSON.parse(entrypoint) as string[];
  return words.filter((word) => word.startsWith('--'));
}
