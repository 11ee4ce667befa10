import type { ImageSpec, PodsSpec } from '../api/types.ts';
import { GRACE_MARGIN, PORTS, PROGRESS_DEADLINE, SETTINGS_FOLDER, VARIABLES_KEY } from './defaults.ts';
import { defined, isMap, type JsonMap, listOf, mapOf } from './json-map.ts';
import { labelsOf, type Manifest, manifest, type RenderContext, type Role, selectorOf } from './manifest.ts';
import { CONTAINER_SECURITY, POD_SECURITY, resourcesOf, schedulingOf } from './pod-defaults.ts';
import { canonicalQuantity } from './quantity.ts';
import { strategicMerge } from './strategic-merge.ts';
import { tidy } from './tidy.ts';

/** What tells one role's Deployment from another's. */
export interface DeploymentParts {
  name: string;
  role: Role;
  image: string;
  /** Undefined where an autoscaler owns the number. */
  replicas: number | undefined;
  /** How long a stopping Pod may take, in milliseconds. */
  drain: number;
  pods: PodsSpec;
  env: JsonMap[];
  volumes?: JsonMap[];
  volumeMounts?: JsonMap[];
  initContainers?: JsonMap[];
}

/**
 * A Deployment whose template changes only with what running Pods cannot take over: settings, tokens and secrets are
 * files that they read again.
 */
export function deployment(context: RenderContext, parts: DeploymentParts): Manifest {
  const { role, name, replicas } = parts;
  return manifest(
    context,
    { apiVersion: 'apps/v1', kind: 'Deployment', name, role },
    {
      spec: {
        ...(replicas !== undefined && { replicas }),
        progressDeadlineSeconds: PROGRESS_DEADLINE,
        revisionHistoryLimit: 3,
        selector: { matchLabels: selectorOf(context, role) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: podTemplate(context, parts),
      },
    },
  );
}

function podTemplate(context: RenderContext, parts: DeploymentParts): JsonMap {
  const { role, pods } = parts;
  const template = {
    metadata: defined({
      labels: { ...pods.podLabels, ...labelsOf(context, role) },
      annotations: pods.podAnnotations,
    }),
    spec: {
      serviceAccountName: context.names.public,
      automountServiceAccountToken: false,
      // A Service per variable would be hundreds of them in a large namespace, and none is read.
      enableServiceLinks: false,
      terminationGracePeriodSeconds: Math.ceil(parts.drain / 1000) + GRACE_MARGIN,
      securityContext: POD_SECURITY,
      ...imagePull(context.spec.image),
      ...schedulingOf(pods.scheduling, selectorOf(context, role)),
      initContainers: parts.initContainers,
      containers: [container(context, parts)],
      volumes: [settingsVolume(parts.name), { name: 'tmp', emptyDir: {} }, ...(parts.volumes ?? [])],
    },
  };
  const patched = pods.podTemplate === undefined ? template : strategicMerge(template, pods.podTemplate);
  return keepSelected(tidy(canonicalTemplate(patched)) as JsonMap, selectorOf(context, role));
}

/** A patch cannot take Pods out of the reach of their Deployment: the API server would refuse it. */
function keepSelected(template: JsonMap, selector: Record<string, string>): JsonMap {
  const metadata = mapOf(template.metadata);
  return { ...template, metadata: { ...metadata, labels: { ...mapOf(metadata.labels), ...selector } } };
}

function imagePull(image: ImageSpec | undefined): JsonMap {
  return { imagePullSecrets: image?.pullSecrets };
}

function container(context: RenderContext, { role, image, pods, env, volumeMounts = [] }: DeploymentParts): JsonMap {
  return {
    name: role.component,
    image,
    imagePullPolicy: context.spec.image?.pullPolicy ?? 'IfNotPresent',
    env: [
      { name: 'MCPHUB_CLUSTER_MODE', value: role.component },
      { name: 'MCPHUB_SETTING_PATH', value: SETTINGS_FOLDER },
      { name: 'MCPHUB_VARIABLES_PATH', value: `${SETTINGS_FOLDER}/${VARIABLES_KEY}` },
      ...env,
    ],
    ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    startupProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, periodSeconds: 10, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 2 },
    resources: resourcesOf(pods.resources),
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'settings', mountPath: SETTINGS_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      ...volumeMounts,
    ],
  };
}

/** One volume of both objects: the kubelet swaps all of its files at once. */
function settingsVolume(name: string): JsonMap {
  return { name: 'settings', projected: { sources: [{ configMap: { name } }, { secret: { name } }] } };
}

/** Quantities anywhere in containers of a template, also in those of a patch, as the API server writes them. */
function canonicalTemplate(template: JsonMap): JsonMap {
  const spec = mapOf(template.spec);
  const withResources = (item: unknown) => {
    if (!isMap(item) || !isMap(item.resources)) return item;
    const { claims } = item.resources;
    return { ...item, resources: { ...(claims !== undefined && { claims }), ...resourcesOf(item.resources) } };
  };
  const withSizes = (volume: unknown) => {
    if (!isMap(volume) || !isMap(volume.emptyDir)) return volume;
    const { sizeLimit } = volume.emptyDir;
    if (typeof sizeLimit !== 'string' && typeof sizeLimit !== 'number') return volume;
    return { ...volume, emptyDir: { ...volume.emptyDir, sizeLimit: canonicalQuantity(sizeLimit) } };
  };
  return {
    ...template,
    spec: {
      ...spec,
      initContainers: listOf(spec.initContainers).map(withResources),
      containers: listOf(spec.containers).map(withResources),
      volumes: listOf(spec.volumes).map(withSizes),
    },
  };
}
