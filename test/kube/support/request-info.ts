/** What a request asks of an API server, in the words of Kubernetes. */
export interface RequestInfo {
  method: string;
  /** With its query. */
  path: string;
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'other';
  /** `''` for the core group and for paths that are no resource. */
  group: string;
  /** Plural; `''` for paths that are no resource, such as `/readyz`. */
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

const VERBS: Record<string, RequestInfo['verb']> = { POST: 'create', PUT: 'update', PATCH: 'patch' };
const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** @param path with its query, as in a request line */
export function requestInfo(method: string, path: string): RequestInfo {
  const { pathname, searchParams } = new URL(path, 'https://api');
  const nothing = {
    method,
    path,
    verb: 'other',
    group: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
  } as const;
  const [, base, ...rest] = pathname.split('/').map(decodeURIComponent);
  if (base !== 'api' && base !== 'apis') return { ...nothing };
  const group = base === 'apis' ? (rest.shift() ?? '') : '';
  rest.shift();
  // `/api/v1/namespaces/NAME` is about the namespace itself.
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '');
  const namespace = scoped ? (rest[1] ?? '') : '';
  const [resource = '', name = '', subresource = ''] = scoped ? rest.slice(2) : rest;
  if (resource === '') return { ...nothing };
  const verb = verbOf(method, name, searchParams);
  return { method, path, verb, group, resource, subresource, namespace, name };
}

/** Whether the request changes what is stored. */
export function isWrite({ verb }: Pick<RequestInfo, 'verb'>): boolean {
  return WRITES.includes(verb);
}

function verbOf(method: string, name: string, query: URLSearchParams): RequestInfo['verb'] {
  if (method === 'GET') {
    if (/^(1|true)$/.test(query.get('watch') ?? '')) return 'watch';
    return name === '' ? 'list' : 'get';
  }
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  return VERBS[method] ?? 'other';
}
