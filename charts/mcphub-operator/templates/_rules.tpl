{{/*
What the operator may do in the namespaces that it watches: what its code asks for, and nothing else. It may write
objects that a McpHubCluster turns into; it may not make roles, bindings or Pods, so that it cannot widen its rights.
*/}}
{{- define "mcphub-operator.watchedRules" -}}
- apiGroups: [mcphub.io]
  resources: [mcphubclusters]
  verbs: [list, watch]
- apiGroups: [mcphub.io]
  resources: [mcphubclusters/status]
  verbs: [patch]
# Owner references that hold back deletion need this where the API server checks them.
- apiGroups: [mcphub.io]
  resources: [mcphubclusters/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [configmaps, serviceaccounts, services]
  verbs: [get, list, watch, create, patch, delete]
# Tokens of a cluster are rotated by updates, of which only one can win.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors, prometheusrules, servicemonitors]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, watch, create, patch, delete]
# Its deletion cost, and the revision of settings that makes the kubelet sync mounted files.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{/* What it may do in its own namespace: the election of a leader. */}}
{{- define "mcphub-operator.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, create, update]
{{- end }}
