// Made from operator/api/schema by "npm run generate": change that, not this.
import type { LocalReference } from './building-blocks.ts';

/** Container images of coordinators and nodes. */
export interface ImageSpec {
  /** Image of the coordinators. Absent: that of the operator's own version. Name a digest to pin it. */
  coordinator?: string;
  /**
   * Image of the nodes. Absent: that of the operator's own version. Programs of stdio servers must be in it, or be
   * fetched by npx or uvx.
   */
  node?: string;
  /** When the kubelet pulls the images. Default "IfNotPresent". */
  pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets of the type `kubernetes.io/dockerconfigjson` with which images are pulled. */
  pullSecrets?: LocalReference[];
}
