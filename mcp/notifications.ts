import { type JsonRpcNotification, notification } from './jsonrpc.ts';

export const RESOURCE_UPDATED = 'notifications/resources/updated';

/** Tells that a resource may have changed (specification: server/resources, "Subscriptions"). */
export function updated(uri: string): JsonRpcNotification {
  return notification(RESOURCE_UPDATED, { uri });
}
