import type { Context } from 'mocha';
import { applyCrds, type SpecInput } from './clusters.ts';
import type { ControlPlane } from './control-plane.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type HubNamespace, hubNamespace, SMALL } from './hub-namespace.ts';
import { sharedControlPlane } from './shared-control-plane.ts';

/** The control plane of all suites, which knows McpHubClusters. @param context of the `before` hook that calls it */
export async function hubPlane(context: Context): Promise<ControlPlane> {
  const plane = await sharedControlPlane(context);
  await applyCrds(plane);
  return plane;
}

/** The same, with a proxy in front of it that can fail. */
export async function proxiedPlane(context: Context): Promise<{ plane: ControlPlane; proxy: FaultProxy }> {
  const plane = await hubPlane(context);
  return { plane, proxy: await startFaultProxy(plane) };
}

/**
 * A namespace in which an operator has carried out a cluster called `demo`.
 * @param settled numbers of Pods, where they are not those of SMALL
 */
export async function settledHub(
  context: Context,
  spec: SpecInput = SMALL,
  settled?: Parameters<HubNamespace['settled']>[0],
): Promise<HubNamespace> {
  const hub = await hubNamespace(await hubPlane(context));
  await hub.start();
  await hub.clusters.apply('demo', spec);
  await hub.settled(settled);
  return hub;
}
