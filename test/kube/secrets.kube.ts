import { expect } from 'chai';
import { eventually, throughout } from '../support/eventually.ts';
import type { ControlPlane } from './support/control-plane.ts';
import { type HubNamespace, hubNamespace, type Place, SMALL } from './support/hub-namespace.ts';
import { hubPlane } from './support/hub-plane.ts';
import type { OperatorProcess } from './support/operator-process.ts';

const WORD = 'hushhush-4f1c9';
const secretKeyRef = { name: 'keys', key: 'token' };
const SPEC = {
  ...SMALL,
  mcpServers: {
    echo: { command: 'echo', envFrom: [{ secretRef: { name: 'keys' } }, { configMapRef: { name: 'plain' } }] },
    remote: { url: 'http://remote.example.com/mcp', headersFrom: [{ name: 'X-Key', secretKeyRef }] },
  },
  auth: { bearerKeys: [{ name: 'ci', secretKeyRef }] },
};
/** Where nobody who may not read Secrets may find one. */
const OPEN: readonly Place[] = [
  'mcphubclusters',
  'configmaps',
  'events',
  'deployments',
  'replicasets',
  'pods',
  'services',
];

describe('Secrets and ConfigMaps that a spec takes values from', function () {
  this.timeout(90_000);
  let plane: ControlPlane;
  let hub: HubNamespace;
  let operator: OperatorProcess;

  before(async function () {
    plane = await hubPlane(this);
  });
  beforeEach(async () => {
    hub = await hubNamespace(plane);
    operator = await hub.start();
  });
  afterEach(function () {
    return hub?.end(this);
  });

  function put(place: 'secrets' | 'configmaps', name: string, values: Record<string, string>) {
    const encoded = Object.entries(values).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    const data = place === 'secrets' ? Object.fromEntries(encoded) : values;
    return hub.create(place, { metadata: { name }, data });
  }

  async function message(): Promise<string> {
    const { status } = await hub.clusters.get('demo');
    return status?.conditions?.find(({ type }) => type === 'ConfigValid')?.message ?? '';
  }

  it('are waited for, one after the other, with the path and the remedy, and each event once', async () => {
    await hub.clusters.apply('demo', SPEC);
    await hub.clusters.condition('demo', 'ConfigValid', 'False', { reason: 'MissingReference' });
    expect(await message())
      .to.include('spec.mcpServers.echo.envFrom[0].secretRef: there is no Secret "keys"')
      .and.include('spec.mcpServers.echo.envFrom[1].configMapRef: there is no ConfigMap "plain"')
      .and.include('spec.auth.bearerKeys[0].secretKeyRef')
      .and.include('create it');
    expect(await hub.names('deployments')).to.eql([]);
    await put('configmaps', 'plain', { PLAIN: 'text' });
    await put('secrets', 'keys', { other: WORD });
    await eventually('the key is missing now', async () => {
      expect(await message())
        .to.include('has no key "token"; add it')
        .and.not.include('there is no');
    });
    await hub.patch('secrets', 'keys', { data: { token: Buffer.from(WORD).toString('base64') } });
    await hub.clusters.condition('demo', 'ConfigValid');
    await hub.settled();
    await eventually('both events are there', async () => {
      expect((await hub.reasons()).filter((reason) => reason === 'Valid')).to.have.length(1);
    });
    await throughout(1_000, async () => {
      const missing = (await hub.reasons()).filter((reason) => reason === 'MissingReference');
      expect(missing).to.have.length(1);
    });
  });

  it('reach the Secret of the members within 5 s of a change, and restart nothing', async () => {
    await put('secrets', 'keys', { token: WORD });
    await put('configmaps', 'plain', { PLAIN: 'text' });
    await hub.clusters.apply('demo', SPEC);
    await hub.settled();
    const pods = (await hub.pods()).map(({ metadata }) => metadata.uid).sort();
    for (const [place, name, data, text] of [
      ['secrets', 'keys', { token: Buffer.from('another-word').toString('base64') }, 'another-word'],
      ['configmaps', 'plain', { PLAIN: 'another-text' }, 'another-text'],
    ] as const) {
      await hub.patch(place, name, { data });
      await eventually(
        'it has the new value',
        async () => {
          const settings = JSON.stringify((await hub.get('configmaps', 'demo-node')).data);
          expect((await hub.secretText('demo-node', 'variables.json')) + settings).to.include(text);
        },
        5_000,
      );
    }
    await hub.settled();
    expect((await hub.pods()).map(({ metadata }) => metadata.uid).sort()).to.eql(pods);
  });

  it('leave the last good state running when they go', async () => {
    await put('secrets', 'keys', { token: WORD });
    await put('configmaps', 'plain', { PLAIN: 'text' });
    await hub.clusters.apply('demo', SPEC);
    await hub.settled();
    const before = (await hub.get('secrets', 'demo-node')).data;
    await hub.delete('secrets', 'keys');
    await hub.clusters.condition('demo', 'ConfigValid', 'False', { reason: 'MissingReference' });
    expect((await hub.get('secrets', 'demo-node')).data).to.eql(before);
    expect((await hub.clusters.get('demo')).status?.nodes?.ready).to.equal(2);
  });

  it('show their values nowhere: not in other objects, events, the status or the log', async () => {
    const settings = { mcpServers: { old: { command: 'old', env: { KEY: `${WORD}-settings` } } } };
    await put('secrets', 'keys', { token: WORD });
    await put('secrets', 'settings', { 'mcp_settings.json': JSON.stringify(settings) });
    await put('configmaps', 'plain', { PLAIN: 'text' });
    await hub.clusters.apply('demo', { ...SPEC, settingsFrom: { secretKeyRef: { name: 'settings' } } });
    await hub.settled();
    const hidden = await hub.secretText('demo-node', 'variables.json');
    expect(hidden + (await hub.secretText('demo-node', 'mcp_settings.json'))).to.include(WORD);
    const broken = Buffer.from(`{"mcpServers": {"old": {"command": "${WORD}", "args": "${WORD}"}}}`).toString('base64');
    await hub.patch('secrets', 'settings', { data: { 'mcp_settings.json': broken } });
    await hub.clusters.condition('demo', 'ConfigValid', 'True').catch(() => {});
    await eventually('it is seen as wrong', async () => expect(await message()).to.include('settingsFrom'));
    const token = await hub.secretText('demo-cluster', 'token');
    const seen = [...operator.log.map((line) => JSON.stringify(line)), operator.stderr];
    for (const place of OPEN) seen.push(JSON.stringify(await hub.list(place)));
    for (const word of [WORD, Buffer.from(WORD).toString('base64').replace(/=+$/, ''), token]) {
      expect(seen.filter((text) => text.includes(word))).to.eql([]);
    }
  });
});
