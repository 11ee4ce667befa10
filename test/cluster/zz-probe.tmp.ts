import { closeSockets, connectV1, initialize, post, RawSession } from '/work/main/test/support/clients.ts';
import { hosting, script, startCluster } from '/work/main/test/support/cluster.ts';
const P=(...a:unknown[])=>console.log(...a);
it('x', async function(){ this.timeout(90000);
 const settings=hosting({tools:script('cluster-tools')},{ systemConfig: { cluster: { node: { heartbeatInterval: 300 } } } });
 const c=await startCluster({coordinator:{settings:{systemConfig:{cluster:{coordinator:{nodeTimeout:1000,cleanupInterval:200}}}}},nodes:[{settings},{settings}]});
 try{
  let s=await RawSession.open(`${c.url}/mcp/tools`); while(await s.call('whoami')!=='node-1') s=await RawSession.open(`${c.url}/mcp/tools`);
  const sleeping = s.request('tools/call',{name:'sleep',arguments:{ms:100000,label:'z'}});
  const t0=performance.now(); const at=()=>(performance.now()-t0).toFixed(0);
  c.node('node-1').process.signal('SIGSTOP');
  sleeping.then(r=>P('sleeping ended',at(),r.status,r.text.slice(0,150)),e=>P('sleeping err',at(),e.message));
  const stream=connectV1;
  for(let i=0;i<6;i++) post(`${c.url}/mcp/tools`,initialize()).then(r=>P('init',i,at(),r.status,r.text.slice(0,80)),e=>P('init err',i,at(),e.message));
  s.request('tools/list').then(r=>P('list on hung',at(),r.status,r.text.slice(0,150)),e=>P('list err',at(),e.message));
  await new Promise(r=>setTimeout(r,2500)); P('status', at(), (await c.api<any[]>('/nodes')).map(n=>n.id+' '+n.status));
  s.request('ping').then(r=>P('later ping on hung',at(),r.status,r.text.slice(0,150)),e=>P('list err',at(),e.message));
  await new Promise(r=>setTimeout(r,12000)); P('after 14.5s', at(), (await c.api<any[]>('/nodes')).map(n=>n.id+' '+n.status));
  c.node('node-1').process.signal('SIGCONT'); await new Promise(r=>setTimeout(r,1500)); P('cont', (await c.api<any[]>('/nodes')).map(n=>n.id+' '+n.status), (await s.request('ping')).text);
  void stream;
 } finally { c.node('node-1').process.signal('SIGCONT'); await closeSockets(); await c.stop(); }
});
