import type { z } from 'zod';
import type { UnsetVariable } from './expand.ts';
import { formatPath, type JsonPath, valueAt } from './path.ts';

type Issue = z.core.$ZodIssue;

/** What would be right, where the type alone does not say it; the first pattern that matches the path counts. */
const EXAMPLES: readonly (readonly [RegExp, string])[] = [
  [/^mcpServers$/, 'an object of servers by name: { "fetch": { "command": "uvx", "args": ["mcp-server-fetch"] } }'],
  [/^mcpServers[^[]*\.args$/, 'a list of strings, one for each argument: ["-y", "some-package"]'],
  [/^mcpServers.*\.(env|headers)$/, 'an object of strings: { "NAME": "value" }'],
  [/^mcpServers.*\.(tools|prompts|resources)$/, 'an object by name: { "name": { "enabled": false } }'],
  [/^groups$/, 'a list of groups: [{ "name": "dev", "servers": ["fetch"] }]'],
  [/^mcpServers(\.[^.[]+|\["[^"]*"\])$/, '{ "command": ... } or { "url": ... }'],
  [/^groups\[\d+\]\.servers\[\d+\]\.tools$/, 'a list of bare names ["fetch_url"], or "all"'],
  [/^groups\[\d+\]\.servers(\[\d+\])?$/, 'a server\'s name, or { "name": "fetch", "tools": ["fetch_url"] }'],
  [/^bearerKeys$/, 'a list of keys: [{ "name": "ci", "token": "..." }]'],
  [/(Interval|Timeout|timeout|TimeoutMs)$/, 'a whole number of milliseconds, such as 5000'],
];

/** A sentence that begins with the path, and the path in our own words. */
export interface LocatedProblem {
  readonly path: JsonPath;
  readonly problem: string;
}

interface IssueContext {
  /** A value that is wrong because it comes from one of these has no other fault. */
  readonly unset: readonly UnsetVariable[];
  /** What was checked, before variables were replaced. */
  readonly unexpanded: unknown;
  /** The path as the file has it. */
  written(path: JsonPath): JsonPath;
}

/**
 * Sentences for what a schema found wrong: where, what was expected, what is there, what would be right.
 * Values may be secret: they are shown only where one of a list of words is expected and the file itself has another, as opposed to what
 * a variable stands for.
 *
 * @param value what was checked
 * @example 'mcpServers.fetch.args[1]: expected string, got number; write it in double quotes'
 */
export function locateIssues(issues: readonly Issue[], value: unknown, context: IssueContext): LocatedProblem[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ issue, path }) => ({ path, problem: sentence(issue, path, value, context) }));
}

/** Says that variables are missing, as the file writes them. */
export function notSet(names: readonly string[]): string {
  return `${names.map((name) => `\${${name}}`).join(', ')} ${names.length > 1 ? 'are' : 'is'} not set`;
}

/** Of a union, the problems of the one branch that has the right type at its root; else the union itself. */
function flatten(issue: Issue, prefix: JsonPath): { issue: Issue; path: JsonPath }[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const branch = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0));
  return branch === undefined ? [{ issue, path }] : branch.flatMap((inner) => flatten(inner, path));
}

function sentence(issue: Issue, path: JsonPath, root: unknown, context: IssueContext): string {
  const { unset, unexpanded, written } = context;
  const where = formatPath(written(path));
  const names = unset.filter((variable) => formatPath(variable.path) === formatPath(path)).map(({ name }) => name);
  if (names.length > 0) return `${where}: ${notSet(names)}`;
  const value = valueAt(root, path);
  const example = EXAMPLES.find(([pattern]) => pattern.test(where))?.[1];
  const right = example === undefined || issue.code === 'custom' ? remedy(issue, value) : `; write ${example}`;
  return `${where}: ${complaint(issue, value, valueAt(unexpanded, path) === value)}${right}`;
}

function complaint(issue: Issue, value: unknown, isWritten: boolean): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${expectedType(issue)}, got ${typeName(value)}`;
    case 'invalid_value': {
      const got = typeof value === 'string' && isWritten ? JSON.stringify(value) : typeName(value);
      return `expected one of ${issue.values.map((item) => JSON.stringify(item)).join(', ')}, got ${got}`;
    }
    case 'invalid_union':
      return `expected ${unionTypes(issue.errors)}, got ${typeName(value)}`;
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}, got ${value}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : `, got ${value}`}`;
    default:
      return issue.message;
  }
}

function expectedType(issue: Issue & { code: 'invalid_type' }): string {
  if (issue.expected === 'int') return 'whole number';
  return issue.expected === 'record' ? 'object' : issue.expected;
}

function unionTypes(branches: readonly (readonly Issue[])[]): string {
  const names = branches.flatMap((issues) =>
    issues.flatMap((issue) => {
      if (issue.path.length > 0) return [];
      if (issue.code === 'invalid_type') return [expectedType(issue)];
      return issue.code === 'invalid_value' ? issue.values.map((item) => JSON.stringify(item)) : [];
    }),
  );
  return names.join(' or ');
}

function remedy(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_value') return value === 'http' ? '; write "streamable-http" (or "sse")' : '';
  if (issue.code !== 'invalid_type') return '';
  if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return '; write it in double quotes';
  }
  if (issue.expected === 'boolean') return '; write true or false without quotes';
  return issue.expected === 'number' ? '; write a number without quotes' : '';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'fraction';
  return typeof value;
}
