/**
 * Builds what is missing of the named programs, by default those of a control plane: `node test/kube/support/build.ts`.
 */
import { canBuild, kubeBinary } from './binaries.ts';
import { BUILDS, type KubeBinary } from './go-builds.ts';
import { CONTROL_PLANE } from './shared-control-plane.ts';

const known = BUILDS.flatMap(({ packages }) => Object.keys(packages));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`kube: there is no ${unknown.join(', ')}; there is ${known.join(', ')}\n`);
  process.exitCode = 2;
} else if (!canBuild()) {
  process.stderr.write('kube: NOTICE: nothing is built here: this needs a Go that is new enough for Kubernetes\n');
  process.exitCode = 1;
} else {
  for (const name of wanted.length > 0 ? (wanted as KubeBinary[]) : CONTROL_PLANE) {
    process.stdout.write(`${await kubeBinary(name)}\n`);
  }
}
