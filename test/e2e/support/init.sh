# The first process of the namespaces of a cluster. A line on the standard input begins the next stage; its end ends all.
# The environment names the folder of this run (RUN), archives of images to load (ARCHIVES), addresses, and each program
# in upper case.
set -u

# Runs a program until the end of the cluster, and tells when it ends before.
start() {
  local name=$1
  shift
  { "$@" >"$RUN/$name.log" 2>&1; echo "$name ended with $?"; } </dev/null &
}

# Waits for containerd; gives up after 20 s.
containerd_ready() {
  for _ in $(seq 200); do
    ctr version >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "containerd does not answer"
}

# Images are loaded, and containers of earlier runs removed, while the kubelet's part of containerd is off.
load_images() {
  containerd --config "$RUN/loader.toml" >"$RUN/loader.log" 2>&1 </dev/null &
  local loader=$!
  containerd_ready
  export CONTAINERD_NAMESPACE=k8s.io
  ctr containers ls -q | xargs -r ctr containers rm >>"$RUN/loader.log" 2>&1
  for archive in $ARCHIVES; do
    ctr images import "$archive" >>"$RUN/loader.log" 2>&1 || echo "$archive cannot be imported: see loader.log"
  done
  for role in coordinator node; do
    ctr images tag --force "mcphub.test/mcphub-$role:e2e" "mcphub.test/mcphub-$role:e2e-next" >>"$RUN/loader.log" 2>&1
  done
  # Further names of the same images, which would keep them for ever.
  ctr images ls -q | grep -v '^mcphub.test/' | xargs -r ctr images rm >>"$RUN/loader.log" 2>&1
  kill $loader
  wait $loader
}

hostname "$NODE_NAME"
ip link set lo up
# The default route leads nowhere: it exists so that addresses of Services are routed before they are rewritten.
ip link add node0 type veth peer name node1
ip link set node1 up
ip address add "$NODE_ADDRESS" dev node0
ip link set node0 up
ip route add default dev node0
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
# Where containerd looks for name servers: there are none, and waiting for them takes long.
mount --bind "$RUN/resolv.conf" /etc/resolv.conf
mount -t tmpfs tmpfs /run
# Fixed places of the kubelet and of CNI, of which nothing should stay on the machine.
for folder in /var/log /var/lib/kubelet /var/lib/cni; do
  [ -d "$folder" ] && mount -t tmpfs tmpfs "$folder"
done
mkdir -p /run/containerd /run/netns /run/lock /var/log/pods /var/log/containers
mount --bind "$RUN/logs" /var/log/pods
# The kubelet mounts volumes where containers must see them.
mount --make-rshared /
echo "ready for the link"
read -r _ || exit 0

ip address add "$GUEST_ADDRESS" dev host0
ip link set host0 up
start etcd "$ETCD" --name default --data-dir "$RUN/etcd" --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
start apiserver "$KUBE_APISERVER" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --allow-privileged=true \
  --bind-address="$NODE_IP" --advertise-address="$NODE_IP" --service-cluster-ip-range="$SERVICES" \
  --tls-cert-file="$RUN/apiserver.crt" --tls-private-key-file="$RUN/apiserver.key" --client-ca-file="$RUN/ca.crt" \
  --token-auth-file="$RUN/tokens.csv" --authorization-mode=Node,RBAC \
  --service-account-key-file="$RUN/service-accounts.pub" --service-account-issuer=https://kubernetes.default.svc \
  --service-account-signing-key-file="$RUN/service-accounts.key" --kubelet-preferred-address-types=InternalIP \
  --kubelet-client-certificate="$RUN/apiserver-kubelet.crt" --kubelet-client-key="$RUN/apiserver-kubelet.key"
load_images
start containerd containerd --config "$RUN/containerd.toml"
containerd_ready
echo "ready for the node"
read -r _ || exit 0

# Its own identity may not do what its controllers do, so each of them has one.
start controller-manager "$KUBE_CONTROLLER_MANAGER" --kubeconfig="$RUN/controller-manager.kubeconfig" \
  --service-account-private-key-file="$RUN/service-accounts.key" --root-ca-file="$RUN/ca.crt" --leader-elect=false \
  --bind-address=127.0.0.1 --use-service-account-credentials=true --kube-api-qps=500 --kube-api-burst=1000
start scheduler "$KUBE_SCHEDULER" --kubeconfig="$RUN/scheduler.kubeconfig" --leader-elect=false --bind-address=127.0.0.1
start kubelet "$KUBELET" --config="$RUN/kubelet.yaml" --kubeconfig="$RUN/kubelet.kubeconfig" --root-dir="$RUN/kubelet" \
  --node-ip="$NODE_IP" --hostname-override="$NODE_NAME" --cert-dir="$RUN/kubelet-pki"
start proxy "$KUBE_PROXY" --config="$RUN/proxy.yaml"
start coredns "$COREDNS" -conf "$RUN/Corefile"
cat >/dev/null
