# Runs a cluster in namespaces of its own until its standard input ends, as it does when the test dies, and then removes
# what namespaces do not take with them: cgroups, and the folder of the run.
# Arguments: the folder of the run, the name of the cgroup.
set -u
run=$1 cgroup=$2
case $cgroup in mcphub-e2e-*) ;; *) exit 2 ;; esac

# What a killed run left has no processes any more.
sweep() {
  find /sys/fs/cgroup -maxdepth 2 -type d -name "$1" 2>/dev/null | while read -r folder; do
    find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null
  done
}

sweep 'mcphub-e2e-*'
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  for controller in cpuset cpu io memory pids hugetlb; do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
  done
  mkdir "/sys/fs/cgroup/$cgroup"
else
  for controller in /sys/fs/cgroup/*/; do
    mkdir "$controller$cgroup" 2>/dev/null
    # An empty cpuset lets nobody in.
    for file in cpus mems; do
      [ -e "$controller$cgroup/cpuset.$file" ] && cat "${controller}cpuset.$file" >"$controller$cgroup/cpuset.$file"
    done
  done
fi

# A shell gives what runs in its background another standard input.
exec 3<&0
unshare --net --mount --pid --uts --ipc --cgroup --fork --kill-child --mount-proc --propagation private \
  bash "$(dirname "$0")/init.sh" <&3 3<&- &
echo "unshared $!"
exec 3<&- </dev/null
wait $!

for _ in 1 2 3 4 5 6 7 8 9 10; do
  sweep "$cgroup"
  [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$cgroup" 2>/dev/null)" ] && break
  sleep 0.2
done
[ -n "${MCPHUB_E2E_KEEP:-}" ] || rm -rf "$run"
