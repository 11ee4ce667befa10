{{/* Combinations that each value allows and that cannot work together. Each message names the remedy. */}}
{{- define "mcphub-operator.checks" -}}
{{- with .Values -}}
{{- if and (gt (int .replicas) 1) (not .leaderElection.enabled) -}}
{{- fail (printf "replicas is %d without leader election, so that they would work against each other: set leaderElection.enabled=true, or replicas=1" (int .replicas)) -}}
{{- end -}}
{{- if and (eq .rbac.scope "namespace") (not .watchNamespaces) -}}
{{- fail "rbac.scope is namespace, and no namespaces are listed: list them in watchNamespaces, or set rbac.scope=auto to watch all" -}}
{{- end -}}
{{- if and (eq .rbac.scope "cluster") .watchNamespaces -}}
{{- fail (printf "rbac.scope is cluster, which grants rights in all namespaces, and only %s would be watched: set rbac.scope=auto, or empty watchNamespaces" (join ", " .watchNamespaces)) -}}
{{- end -}}
{{- if and (not .serviceAccount.create) (not .serviceAccount.name) -}}
{{- fail "serviceAccount.create is false, and the rights would go to the namespace's default account: set serviceAccount.name to one that exists" -}}
{{- end -}}
{{- if and .metrics.serviceMonitor.enabled .metrics.podMonitor.enabled -}}
{{- fail "metrics.serviceMonitor and metrics.podMonitor are both enabled, so that each sample would be stored twice: disable one" -}}
{{- end -}}
{{- if and .metrics.prometheusRule.enabled (not (or .metrics.serviceMonitor.enabled .metrics.podMonitor.enabled)) -}}
{{- fail "metrics.prometheusRule is enabled, and nothing is scraped that its alerts could read: enable metrics.serviceMonitor or metrics.podMonitor too" -}}
{{- end -}}
{{- $own := list "POD_NAME" "POD_NAMESPACE" "WATCH_NAMESPACES" "RELATED_IMAGE_COORDINATOR" "RELATED_IMAGE_NODE" "CLUSTER_DOMAIN" "LEADER_ELECT" "MAX_CONCURRENT_RECONCILES" "LOG_LEVEL" "METRICS_PORT" -}}
{{- if gt (int .maxHeapMegabytes) 0 -}}
{{- $own = append $own "NODE_OPTIONS" -}}
{{- end -}}
{{- $seen := list -}}
{{- range .env -}}
{{- if has .name $own -}}
{{- fail (printf "env sets %s, which the chart sets itself: remove it from env, and use the value for it (%s)" .name (ternary "maxHeapMegabytes=0 leaves NODE_OPTIONS to you" "watchNamespaces, clusterImages, clusterDomain, leaderElection.enabled, maxConcurrentReconciles or logLevel; the port of metrics is fixed" (eq .name "NODE_OPTIONS"))) -}}
{{- end -}}
{{- if has .name $seen -}}
{{- fail (printf "env sets %s twice, which server-side apply refuses: keep one of them" .name) -}}
{{- end -}}
{{- $seen = append $seen .name -}}
{{- if and (hasKey . "value") (hasKey . "valueFrom") -}}
{{- fail (printf "env sets both value and valueFrom of %s: keep one of them" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $reserved := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/part-of" "app.kubernetes.io/managed-by" "helm.sh/chart" -}}
{{- range $place, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels -}}
{{- range $name, $value := $labels -}}
{{- if has $name $reserved -}}
{{- fail (printf "%s sets %s, which the chart sets itself and selects by: choose another name" $place $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
