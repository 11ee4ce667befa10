import { isObject, parseJson } from '../../mcp/json.ts';
import { type SoundHead, soundHead } from './fields.ts';

/**
 * Reads the head of an answer that came on a trunk: the same is taken as of one that came as HTTP.
 * @param text JSON of status and headers; see `AnswerFrameHead`
 * @throws Error
 */
export function readFrameHead(text: string): SoundHead {
  const head = parseJson(text);
  if (!Array.isArray(head) || head.length !== 2 || !isObject(head[1]))
    throw new Error('the head of its answer is none');
  const [status, headers] = head as [unknown, Record<string, unknown>];
  const sound = soundHead(status, fieldsOf(headers));
  if (sound.status < 200) throw new Error('the status of its answer is none');
  if (sound.headers['transfer-encoding'] !== undefined) throw new Error('the length of its answer is not clear');
  return sound;
}

/** Names and values in turn. */
function fieldsOf(headers: Readonly<Record<string, unknown>>): unknown[] {
  const fields: unknown[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (!Array.isArray(value)) fields.push(name, value);
    else for (const one of value) fields.push(name, one);
  }
  return fields;
}
