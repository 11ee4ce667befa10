{{/* The release's name where it already says it all, else both. */}}
{{- define "mcphub-operator.fullname" -}}
{{- $chart := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $chart .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else if hasPrefix (printf "%s-" .Release.Name) $chart -}}
{{- $chart -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $chart | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* Of objects that belong to no namespace: two releases in two namespaces must not share them. */}}
{{- define "mcphub-operator.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "mcphub-operator.fullname" .) -}}
{{- end }}

{{- define "mcphub-operator.serviceAccountName" -}}
{{- default (include "mcphub-operator.fullname" .) .Values.serviceAccount.name -}}
{{- end }}

{{/* What a Deployment selects by can never change: no version, nothing that a value changes on an upgrade. */}}
{{- define "mcphub-operator.selectorLabels" -}}
app.kubernetes.io/name: mcphub-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Of Pods: without the chart's version, so that a new chart alone restarts nothing. */}}
{{- define "mcphub-operator.podLabels" -}}
{{ include "mcphub-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: mcphub
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "mcphub-operator.labels" -}}
{{ include "mcphub-operator.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Reference of an image. Argument: dict with root and image. */}}
{{- define "mcphub-operator.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.imageRegistry -}}
{{- $repository = printf "%s/%s" . $repository -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end }}

{{/* Of a Role in a watched namespace, which may be the release's own, or that of another release. */}}
{{- define "mcphub-operator.watchName" -}}
{{- printf "%s:%s:watch" .Release.Namespace (include "mcphub-operator.fullname" .) -}}
{{- end }}
