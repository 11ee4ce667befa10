import type { Context } from 'mocha';
import { hasOpenssl } from '../../support/certificates.ts';
import { KUBECTL_LAYER_RUNS } from '../../support/kubectl-layer.ts';
import { needs } from '../../support/needs.ts';
import { needsKube } from './binaries.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import type { KubeBinary } from './go-builds.ts';

/** The programs of a control plane on which Pods become Ready. */
export const CONTROL_PLANE: readonly KubeBinary[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
];
/** Milliseconds for its start on a busy machine. */
const START_TIME = 180_000;

let shared: Promise<ControlPlane> | undefined;

/**
 * The control plane that all suites of this run share; each test makes a namespace of its own in it. It ends with the
 * run. Without its programs the suite is skipped, or fails with CI=true.
 * @param context of the `before` hook that calls it
 */
export function sharedControlPlane(context: Context): Promise<ControlPlane> {
  prepare(context);
  shared ??= startControlPlane();
  return shared;
}

/** A control plane for one suite, which stops it in the end; for tests that break it, or that need flags of their own. */
export function ownControlPlane(context: Context, options?: ControlPlaneOptions): Promise<ControlPlane> {
  prepare(context);
  return startControlPlane(options);
}

function prepare(context: Context): void {
  context.timeout(START_TIME);
  needsKube(context, ...CONTROL_PLANE);
  needs(context, KUBECTL_LAYER_RUNS, 'Linux on x64, to run kubectl');
  needs(context, hasOpenssl(), 'openssl, to make certificates');
}
