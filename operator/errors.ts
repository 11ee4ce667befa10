/** Why an operator cannot run. `docs/errors.md` documents them. */
export const OPERATOR_ERRORS = {
  MCPHUB_OPERATOR_ENVIRONMENT: {
    message: 'The environment of the operator is not valid',
    remedy: 'Correct or unset each variable that the message lists; docs/kubernetes.md names all variables.',
  },
  MCPHUB_OPERATOR_NO_CONFIG: {
    message: 'There is no usable way to an API server',
    remedy: 'Set KUBECONFIG, write ~/.kube/config, or run in a Pod with the token of a ServiceAccount.',
  },
  MCPHUB_OPERATOR_UNREACHABLE: {
    message: 'The API server cannot be used',
    remedy: 'Check that it runs, that its address is right, and that the credentials of the operator are accepted.',
  },
  MCPHUB_OPERATOR_NO_CRD: {
    message: 'The API server does not know McpHubCluster',
    remedy: 'Install the definition: `kubectl apply --server-side -f crds/`, or `helm upgrade` with `crds.enabled`.',
  },
  MCPHUB_OPERATOR_LEASE_LOST: {
    message: 'Leadership was lost',
    remedy:
      'None: the process ends and starts anew, and another one leads meanwhile. If it repeats, the API server is slow.',
  },
} as const;

export type OperatorErrorCode = keyof typeof OPERATOR_ERRORS;

/** Ends the operator. The message says what is wrong, and what to do. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;

  /** @param details one sentence for each thing that is wrong */
  constructor(code: OperatorErrorCode, details: readonly string[] = [], options?: ErrorOptions) {
    const { message, remedy } = OPERATOR_ERRORS[code];
    const listed = details.map((detail) => `\n  ${detail}`).join('');
    super(`${message}${details.length === 0 ? '.' : `:${listed}`}\n${remedy}`, options);
    this.name = 'OperatorError';
    this.code = code;
  }
}
