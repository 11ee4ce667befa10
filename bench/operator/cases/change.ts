import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, sorted } from '../../statistics.ts';
import type { Lab } from '../lab.ts';
import { ObjectWatch, type SeenObject } from '../object-watch.ts';
import { cpuText, type OperatorCase } from '../operator-case.ts';

const CHANGES = 50;
/** Milliseconds between two of them. */
const PAUSE = 300;
const GOAL = 300;

/** From sending a change of a spec until the last of the objects that follow from it is as it should be. */
export const change: OperatorCase = {
  name: 'change',
  async run(lab, { clusters }) {
    await lab.grow(clusters);
    await lab.settle();
    const paths = pathsOf(lab.namespace);
    const watch = new ObjectWatch(lab.plane, Object.values(paths));
    const cpu = lab.operator.cpu;
    const times: number[] = [];
    try {
      for (let i = 1; i <= CHANGES; i++) {
        times.push(await changeOnce(lab, watch, paths, i));
        await sleep(PAUSE);
      }
    } finally {
      await watch.close();
    }
    const ascending = sorted(times);
    const [p50, p99] = [quantile(ascending, 0.5), quantile(ascending, 0.99)];
    const cpuSeconds = lab.operator.cpu - cpu;
    const row = {
      what: `from a change of a spec until ConfigMap, Service and Deployment are as it says, p50 of ${CHANGES}, ${clusters} clusters`,
      goal: `under ${GOAL} ms`,
      measured: `${p50.toFixed(0)} ms (p99 ${p99.toFixed(0)} ms; ${cpuText(cpuSeconds)})`,
      met: p50 < GOAL,
    };
    return { rows: [row], raw: { clusters, milliseconds: times, p50, p99, cpuSeconds } };
  },
};

type Paths = ReturnType<typeof pathsOf>;

function pathsOf(namespace: string) {
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    configMaps: `${core}/configmaps`,
    services: `${core}/services`,
    deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  };
}

async function changeOnce(lab: Lab, watch: ObjectWatch, paths: Paths, number: number): Promise<number> {
  const name = lab.names[number % lab.names.length] ?? '';
  const mark = `mark-${number}`;
  const seen = watch.allSeen([
    (path, object) => path === paths.configMaps && is(object, `${name}-node`) && JSON.stringify(object).includes(mark),
    (path, object) => path === paths.services && is(object, name) && object.metadata.annotations?.mark === mark,
    (path, object) =>
      path === paths.deployments && is(object, `${name}-node`) && JSON.stringify(object.spec).includes(mark),
  ]);
  const began = performance.now();
  const annotations = { mark };
  await lab.clusters.patch(name, {
    spec: {
      mcpServers: { echo: { args: [mark] } },
      coordinator: { service: { annotations } },
      nodes: { podTemplate: { metadata: { annotations } } },
    },
  });
  return (await seen) - began;
}

function is({ metadata }: SeenObject, name: string): boolean {
  return metadata.name === name;
}
